import { colourOf, escaped, svg, text } from './svg-parts.ts'

/** A function as it was called from one place. */
export interface FlameNode {
  readonly name: string
  /** Whose code it is; one colour each. */
  readonly origin: string
  /** With everything that it called. */
  readonly value: number
  readonly calls: readonly FlameNode[]
}

const WIDTH = 1200
const ROW_HEIGHT = 17
const HEAD_HEIGHT = 52
const MARGIN = 8
/** Narrower ones are left out: nobody could point at them. */
const LEAST_WIDTH = 1
const LETTER_WIDTH = 6.2

interface Placed {
  readonly node: FlameNode
  readonly x: number
  readonly width: number
  /** Calls from the root. */
  readonly depth: number
}

/** Functions above those that called them, each as wide as its share of all; whoever points at one is told which. */
export function flameGraph(title: string, root: FlameNode): string {
  const placed = placedBelow(root, MARGIN, WIDTH - 2 * MARGIN, 0)
  const origins = [...new Set(placed.map(({ node }) => node.origin))].toSorted()
  const rows = Math.max(...placed.map(({ depth }) => depth)) + 1
  const height = HEAD_HEIGHT + rows * ROW_HEIGHT + MARGIN
  const boxes = placed.map((box) => drawBox(box, height, root.value, origins.indexOf(box.node.origin)))
  return svg(WIDTH, height, 11, [...drawHead(title, origins), ...boxes])
}

function placedBelow(node: FlameNode, x: number, width: number, depth: number): Placed[] {
  if (width < LEAST_WIDTH) return []
  let at = x
  const above = node.calls.flatMap((call) => {
    const share = (width * call.value) / (node.value || 1)
    const placed = placedBelow(call, at, share, depth + 1)
    at += share
    return placed
  })
  return [{ node, x, width, depth }, ...above]
}

function drawHead(title: string, origins: readonly string[]): string[] {
  const legend = origins.flatMap((origin, index) => {
    const x = MARGIN + index * 160
    return [
      `<rect x="${x}" y="30" width="11" height="11" fill="${colourOf(index)}"/>`,
      text(x + 16, 40, origin, 'start'),
    ]
  })
  return [text(MARGIN, 19, title, 'start', 'font-weight="bold" font-size="13"'), ...legend]
}

function drawBox({ node, x, width, depth }: Placed, height: number, all: number, colour: number): string {
  const y = height - MARGIN - (depth + 1) * ROW_HEIGHT
  const letters = Math.floor((width - 4) / LETTER_WIDTH)
  const label = letters < 3 ? '' : text(x + 3, y + 12, shortened(node.name, letters), 'start', 'fill="#fff"')
  const percent = ((100 * node.value) / (all || 1)).toFixed(1)
  const size = `width="${Math.max(LEAST_WIDTH, width - 0.5).toFixed(1)}" height="${ROW_HEIGHT - 1}"`
  const box = `<rect x="${x.toFixed(1)}" y="${y}" ${size} fill="${colourOf(colour)}"/>`
  return `<g><title>${escaped(node.name)}, ${percent} %</title>${box}${label}</g>`
}

function shortened(name: string, letters: number): string {
  return name.length <= letters ? name : `${name.slice(0, letters - 1)}…`
}
