import {
  colourOf,
  legendEntry,
  niceStep,
  PLOT_HEIGHT as HEIGHT,
  PLOT_WIDTH as WIDTH,
  strokeOf,
  svg,
  text,
} from './svg-parts.ts'

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

const MARGIN = { left: 52, right: 16, top: 36, bottom: 46 }

/** Line plots side by side as one SVG. */
export function linePlots(x: Axis, plots: readonly Plot[]): string {
  const width = WIDTH * plots.length
  const height = HEIGHT + 26
  return svg(width, height, 11, [
    ...plots.map((plot, index) => `<g transform="translate(${index * WIDTH} 0)">${drawPlot(x, plot)}</g>`),
    drawLegend(plots[0]?.lines.map(({ name }) => name) ?? [], width),
  ])
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
    .map((name, index) => legendEntry(round(MARGIN.left + index * each), HEIGHT + 10, name, index))
    .join('\n')
}

function rule(from: number, to: number, y: number, colour: string, dashes = ''): string {
  return `<line x1="${from}" x2="${to}" y1="${y}" y2="${y}" stroke="${colour}" stroke-dasharray="${dashes}"/>`
}

const round = (value: number): number => Math.round(value * 10) / 10
