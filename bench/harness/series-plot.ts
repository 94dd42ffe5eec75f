import {
  legendEntry,
  niceStep,
  PLOT_HEIGHT as HEIGHT,
  PLOT_WIDTH as WIDTH,
  strokeOf,
  svg,
  text,
} from './svg-parts.ts'

/** Values along something that goes on, such as requests sent so far. */
export interface Series {
  readonly title: string
  readonly lines: readonly { readonly name: string; readonly points: readonly Point[] }[]
}

export type Point = readonly [x: number, y: number]

const MARGIN = { left: 56, right: 20, top: 36, bottom: 46 }
const LEGEND_HEIGHT = 26

/** Line plots side by side as one SVG; both axes are linear and begin at 0. */
export function seriesPlots(xLabel: string, plots: readonly Series[]): string {
  const width = WIDTH * plots.length
  const height = HEIGHT + LEGEND_HEIGHT
  return svg(
    width,
    height,
    11,
    plots.map((plot, index) => `<g transform="translate(${index * WIDTH} 0)">${draw(xLabel, plot)}</g>`),
  )
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
      `<polyline points="${of.map(([a, b]) => `${x.at(a)},${y.at(b)}`).join(' ')}" fill="none" ${strokeOf(index)}/>`,
      legendEntry(MARGIN.left + index * 160, HEIGHT + 10, name, index),
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
