import { escaped } from './svg-text.ts'

export interface Axis {
  readonly label: string
  /** Above 0; the axis is logarithmic. */
  readonly values: readonly number[]
}

export interface Plot {
  readonly title: string
  readonly lines: readonly { readonly name: string; readonly values: readonly number[] }[]
  /** A horizontal line to compare with. */
  readonly mark: { readonly at: number; readonly label: string }
}

const WIDTH = 420
const HEIGHT = 300
const MARGIN = { left: 52, right: 16, top: 36, bottom: 46 }
const COLOURS = ['#0b6e4f', '#c8553d', '#3d5a80', '#8d6a9f']
const DASHES = ['', '6 3', '2 3', '8 3 2 3']

/** Line plots side by side as one SVG. Its background is white: pages are read in the dark as well. */
export function linePlots(x: Axis, plots: readonly Plot[]): string {
  const width = WIDTH * plots.length
  const height = HEIGHT + 26
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...plots.map((plot, index) => `<g transform="translate(${index * WIDTH} 0)">${drawPlot(x, plot)}</g>`),
    drawLegend(plots[0]?.lines.map(({ name }) => name) ?? [], width),
    '</svg>',
    '',
  ].join('\n')
}

function drawPlot(x: Axis, { title, lines, mark }: Plot): string {
  const right = WIDTH - MARGIN.right
  const bottom = HEIGHT - MARGIN.bottom
  const [low, high] = [Math.min(...x.values), Math.max(...x.values)]
  const highest = Math.max(mark.at, ...lines.flatMap(({ values }) => values)) || 1
  const step = niceStep(highest)
  const top = step * Math.ceil(highest / step)
  const toX = (value: number) =>
    round(MARGIN.left + (Math.log(value / low) / (Math.log(high / low) || 1)) * (right - MARGIN.left))
  const toY = (value: number) => round(bottom - (value / top) * (bottom - MARGIN.top))
  const parts = [text(WIDTH / 2, 18, title, 'middle', 'font-weight="bold" font-size="13"')]
  for (let value = 0; value <= top; value += step) {
    parts.push(
      rule(MARGIN.left, right, toY(value), '#ddd'),
      text(MARGIN.left - 6, toY(value) + 4, String(value), 'end'),
    )
  }
  for (const value of x.values) parts.push(text(toX(value), bottom + 16, `${value} ×`, 'middle'))
  parts.push(text(WIDTH / 2, bottom + 34, x.label, 'middle'))
  parts.push(rule(MARGIN.left, right, toY(mark.at), '#555', '3 3'))
  parts.push(text(right, toY(mark.at) - 4, mark.label, 'end', 'fill="#555"'))
  for (const [index, { values }] of lines.entries()) {
    const dots = values.map((value, place) => [toX(x.values[place] ?? low), toY(value)] as const)
    const way = dots.map((dot) => dot.join(',')).join(' ')
    parts.push(`<polyline points="${way}" fill="none" ${strokeOf(index)}/>`)
    for (const [cx, cy] of dots) parts.push(`<circle cx="${cx}" cy="${cy}" r="3" fill="${colourOf(index)}"/>`)
  }
  return parts.join('\n')
}

function drawLegend(names: readonly string[], width: number): string {
  const each = (width - MARGIN.left) / names.length
  return names
    .map((name, index) => {
      const left = round(MARGIN.left + index * each)
      const y = HEIGHT + 10
      const sample = `<line x1="${left}" x2="${left + 26}" y1="${y}" y2="${y}" ${strokeOf(index)}/>`
      return sample + text(left + 32, y + 4, name, 'start')
    })
    .join('\n')
}

/** 1, 2 or 5 times a power of ten, for four to ten lines up to a value. */
function niceStep(highest: number): number {
  const power = 10 ** Math.floor(Math.log10(highest / 4 || 1))
  const factor = [5, 2].find((each) => each * power <= highest / 4) ?? 1
  return factor * power
}

function rule(from: number, to: number, y: number, colour: string, dashes = ''): string {
  return `<line x1="${from}" x2="${to}" y1="${y}" y2="${y}" stroke="${colour}" stroke-dasharray="${dashes}"/>`
}

function text(x: number, y: number, content: string, anchor: string, attributes = ''): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" ${attributes}>${escaped(content)}</text>`
}

const colourOf = (index: number): string => COLOURS[index % COLOURS.length] ?? '#000'
const strokeOf = (index: number): string =>
  `stroke="${colourOf(index)}" stroke-width="2" stroke-dasharray="${DASHES[index % DASHES.length] ?? ''}"`
const round = (value: number): number => Math.round(value * 10) / 10
