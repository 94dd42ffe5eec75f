import { stripVTControlCharacters } from 'node:util'

export interface Column {
  readonly title: string
  /** Numbers read best flush right. */
  readonly align?: 'left' | 'right'
}

/** Text of one line, or of several. */
export type Cell = string | readonly string[]

/** The lines of a table: the titles first, columns two spaces apart, no space at the end of a line. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly Cell[])[]): string[] {
  const all = [columns.map(({ title }) => title), ...rows].map((row) => row.map(linesOf))
  const widths = columns.map((_, index) => Math.max(...all.flatMap((row) => row[index]?.map(widthOf) ?? 0)))
  return all.flatMap((row) => {
    const height = Math.max(...row.map((lines) => lines.length))
    return Array.from({ length: height }, (_, line) =>
      columns
        .map((column, index) => pad(row[index]?.[line] ?? '', widths[index] ?? 0, column.align))
        .join(GAP)
        .trimEnd(),
    )
  })
}

/** A table no wider than `width`, as far as that goes: the text of its last column is broken into lines. */
export function formatTableToWidth(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
): string[] {
  const taken = Math.max(...formatTable(columns.slice(0, -1), rows).map(widthOf))
  const rest = Math.max(width - taken - GAP.length, NARROWEST_TEXT)
  const lastWrapped = rows.map((row) => [
    ...row.slice(0, -1),
    wrap([row.at(-1) ?? ''].flat().join(' '), rest),
  ])
  return formatTable(columns, lastWrapped)
}

/** Breaks a text between words into lines of at most `width` characters; a longer word stands alone. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`
    } else lines.push(word)
  }
  return lines
}

const GAP = '  '
const NARROWEST_TEXT = 30

function linesOf(cell: Cell): readonly string[] {
  return typeof cell === 'string' ? [cell] : cell
}

/** As it stands on a terminal: colours take no place. */
function widthOf(text: string): number {
  return stripVTControlCharacters(text).length
}

function pad(text: string, width: number, align: Column['align']): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)))
  return align === 'right' ? space + text : text + space
}
