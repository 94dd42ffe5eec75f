/** Of one plot; several stand side by side. */
export const PLOT_WIDTH = 420
export const PLOT_HEIGHT = 300

const COLOURS = ['#0b6e4f', '#c8553d', '#3d5a80', '#8d6a9f', '#b08900', '#5f6b6d']
const DASHES = ['', '6 3', '2 3', '8 3 2 3']

/** A document on white: pages are read in the dark as well. */
export function svg(width: number, height: number, fontSize: number, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="${fontSize}">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n')
}

export function text(x: number, y: number, content: string, anchor: string, attributes = ''): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" ${attributes}>${escaped(content)}</text>`
}

/** A line's name, with a piece of the line. */
export function legendEntry(left: number, y: number, name: string, index: number): string {
  return `<line x1="${left}" x2="${left + 26}" y1="${y}" y2="${y}" ${strokeOf(index)}/>${text(left + 32, y + 4, name, 'start')}`
}

export const colourOf = (index: number): string => COLOURS[index % COLOURS.length] ?? '#000'

export const strokeOf = (index: number): string =>
  `stroke="${colourOf(index)}" stroke-width="2" stroke-dasharray="${DASHES[index % DASHES.length] ?? ''}"`

/** 1, 2 or 5 times a power of ten, for four to ten steps up to a value. */
export function niceStep(highest: number): number {
  const power = 10 ** Math.floor(Math.log10(highest / 4 || 1))
  const factor = [5, 2].find((each) => each * power <= highest / 4) ?? 1
  return factor * power
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** Text as it stands between the tags of an SVG. */
export const escaped = (content: string): string =>
  content.replace(/[&<>]/g, (sign) => ENTITIES[sign] ?? sign)
