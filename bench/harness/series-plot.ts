/** Values along something that goes on, such as requests sent so far. */
export interface Series {
  readonly title: string
  readonly lines: readonly { readonly name: string; readonly points: readonly Point[] }[]
}

export type Point = readonly [x: number, y: number]

const WIDTH = 420
const HEIGHT = 300
const MARGIN = { left: 56, right: 20, top: 36, bottom: 46 }
const LEGEND_HEIGHT = 26
const COLOURS = ['#0b6e4f', '#c8553d', '#3d5a80', '#8d6a9f']
const DASHES = ['', '6 3', '2 3', '8 3 2 3']

/** Line plots side by side as one SVG; both axes are linear and begin at 0. White background: pages are read in the dark as well. */
export function seriesPlots(xLabel: string, plots: readonly Series[]): string {
  const width = WIDTH * plots.length
  const height = HEIGHT + LEGEND_HEIGHT
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...plots.map((plot, index) => `<g transform="translate(${index * WIDTH} 0)">${draw(xLabel, plot)}</g>`),
    '</svg>',
    '',
  ].join('\n')
}

function draw(xLabel: string, { title, lines }: Series): string {
  const right = WIDTH - MARGIN.right
  const bottom = HEIGHT - MARGIN.bottom
  const points = lines.flatMap((line) => line.points)
  const x = axis(
    points.map(([value]) => value),
    MARGIN.left,
    right,
  )
  const y = axis(
    points.map(([, value]) => value),
    bottom,
    MARGIN.top,
  )
  return [
    text(WIDTH / 2, 18, title, 'middle', 'font-weight="bold" font-size="13"'),
    ...y.ticks.flatMap((value) => [
      `<line x1="${MARGIN.left}" x2="${right}" y1="${y.at(value)}" y2="${y.at(value)}" stroke="#ddd"/>`,
      text(MARGIN.left - 6, y.at(value) + 4, value.toLocaleString('en'), 'end'),
    ]),
    ...x.ticks.map((value) => text(x.at(value), bottom + 16, value.toLocaleString('en'), 'middle')),
    text(WIDTH / 2, bottom + 34, xLabel, 'middle'),
    ...lines.flatMap(({ name, points: of }, index) => [
      `<polyline points="${of.map(([a, b]) => `${x.at(a)},${y.at(b)}`).join(' ')}" fill="none" ${stroke(index)}/>`,
      legend(name, index),
    ]),
  ].join('\n')
}

interface Axis {
  readonly ticks: readonly number[]
  at(value: number): number
}

/** From 0 at `from` to a round number, at or above all values, at `to`. */
function axis(values: readonly number[], from: number, to: number): Axis {
  const highest = Math.max(...values, 0) || 1
  const step = niceStep(highest)
  const count = Math.ceil(highest / step)
  const ticks = Array.from({ length: count + 1 }, (_, index) => index * step)
  const at = (value: number) => Math.round((from + (value / (count * step)) * (to - from)) * 10) / 10
  return { ticks, at }
}

/** 1, 2 or 5 times a power of ten, for about four to ten steps up to a value. */
function niceStep(highest: number): number {
  const power = 10 ** Math.floor(Math.log10(highest / 4))
  const factor = [5, 2].find((each) => each * power <= highest / 4) ?? 1
  return factor * power
}

function legend(name: string, index: number): string {
  const left = MARGIN.left + index * 160
  const y = HEIGHT + 10
  return `<line x1="${left}" x2="${left + 26}" y1="${y}" y2="${y}" ${stroke(index)}/>${text(left + 32, y + 4, name, 'start')}`
}

function text(x: number, y: number, content: string, anchor: string, attributes = ''): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" ${attributes}>${content}</text>`
}

const stroke = (index: number): string =>
  `stroke="${COLOURS[index % COLOURS.length] ?? '#000'}" stroke-width="2" stroke-dasharray="${DASHES[index % DASHES.length] ?? ''}"`
