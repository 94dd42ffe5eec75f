import type { Spread } from './comparison.ts'

/** A table in Markdown; numbers stand to the right, the first column to the left. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [
    line(head),
    `|---|${head
      .slice(1)
      .map(() => '---:|')
      .join('')}`,
    ...rows.map(line),
  ].join('\n')
}

/** `**0.93** (0.91 to 0.95)`; a dash for nothing. */
export function ratioCell(spread: Spread | undefined): string {
  if (spread === undefined) return '–'
  return `**${spread.median.toFixed(2)}** (${spread.lowest.toFixed(2)} to ${spread.highest.toFixed(2)})`
}

/** Three digits that count, at least, and all before the point. */
export function number(value: number | undefined): string {
  if (value === undefined) return '–'
  if (value >= 100) return Math.round(value).toLocaleString('en')
  return Number(value.toPrecision(3)).toString()
}

export function mebibytes(bytes: number | undefined): string {
  return bytes === undefined ? '–' : `${number(bytes / 2 ** 20)} MiB`
}
