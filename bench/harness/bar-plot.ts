import { colourOf, escaped, svg } from './svg-parts.ts'

export interface Bars {
  readonly title: string
  readonly bars: readonly { readonly label: string; readonly value: number; readonly note?: string }[]
}

const LABEL_WIDTH = 210
const BAR_WIDTH = 380
const NOTE_WIDTH = 130
const BAR_HEIGHT = 20
const GAP = 7
const TITLE_HEIGHT = 30

/** Groups of horizontal bars below each other as one SVG; the scale is a group's own. */
export function barPlots(groups: readonly Bars[]): string {
  const width = LABEL_WIDTH + BAR_WIDTH + NOTE_WIDTH
  let y = 0
  const parts = groups.flatMap((group) => {
    const top = y
    y += TITLE_HEIGHT + group.bars.length * (BAR_HEIGHT + GAP) + GAP
    return drawGroup(group, top)
  })
  return svg(width, y, 12, parts)
}

function drawGroup({ title, bars }: Bars, top: number): string[] {
  const most = Math.max(...bars.map(({ value }) => value)) || 1
  const heading = `<text x="8" y="${top + 20}" font-weight="bold" font-size="13">${escaped(title)}</text>`
  const lines = bars.map(({ label, value, note }, index) => {
    const y = top + TITLE_HEIGHT + index * (BAR_HEIGHT + GAP)
    const width = Math.max(1, Math.round((value / most) * BAR_WIDTH))
    const middle = y + BAR_HEIGHT / 2 + 4
    return [
      `<text x="${LABEL_WIDTH - 8}" y="${middle}" text-anchor="end">${escaped(label)}</text>`,
      `<rect x="${LABEL_WIDTH}" y="${y}" width="${width}" height="${BAR_HEIGHT}" fill="${colourOf(index)}"/>`,
      `<text x="${LABEL_WIDTH + width + 6}" y="${middle}">${escaped(note ?? String(value))}</text>`,
    ].join('')
  })
  return [heading, ...lines]
}
