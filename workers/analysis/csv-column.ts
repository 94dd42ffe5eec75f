import { TaskError } from '../../src/index.ts'
import { isName, isNumber } from './csv-cell.ts'
import { received, receivedText } from './received.ts'

/** The column that is analysed, as the answer tells it. */
export type CsvColumn = {
  /** From 0. */
  readonly index: number
  /** From the header; null without one. */
  readonly name: string | null
  /** Whether the first record was taken as a header. */
  readonly header: boolean
}

const MAX_LISTED = 50

/**
 * Chooses the column.
 *
 * - a whole number is an index from 0; the first record is a header if its cell there is a name
 * - anything else is a name, so the first record is a header
 * - nothing: the first column with a number, in the first record or, below a header, in the second
 *
 * @param wanted the `column` of the query
 * @param second the record after the first; undefined where there is none
 * @throws {TaskError} `CSV_INVALID` where there is no such column, or more than one of that name
 */
export function chooseColumn(
  wanted: string | undefined,
  first: readonly string[],
  second: readonly string[] | undefined,
): CsvColumn {
  if (wanted === undefined) return firstNumericColumn(first, second)
  return /^\d+$/.test(wanted) ? columnAt(Number(wanted), wanted, first) : columnNamed(wanted, first)
}

function firstNumericColumn(first: readonly string[], second: readonly string[] | undefined): CsvColumn {
  const index = first.findIndex(isNumber)
  if (index !== -1 || !first.some(isName)) return { index: Math.max(0, index), name: null, header: false }
  return withHeader(Math.max(0, second?.findIndex(isNumber) ?? 0), first)
}

function columnAt(index: number, wanted: string, first: readonly string[]): CsvColumn {
  const cell = first[index]
  if (cell === undefined) throw noSuchColumn(wanted, first)
  return isName(cell) ? withHeader(index, first) : { index, name: null, header: false }
}

function columnNamed(wanted: string, first: readonly string[]): CsvColumn {
  const names = first.map((cell) => cell.trim())
  const index = names.indexOf(wanted.trim())
  if (index === -1 || names.indexOf(wanted.trim(), index + 1) !== -1) throw noSuchColumn(wanted, first, index)
  return withHeader(index, first)
}

function withHeader(index: number, first: readonly string[]): CsvColumn {
  return { index, name: first[index]?.trim() ?? null, header: true }
}

function noSuchColumn(wanted: string, first: readonly string[], index = -1): TaskError {
  const problem = index === -1 ? 'the first record has no such column' : 'several columns have this name'
  return new TaskError('CSV_INVALID', `Cannot choose column ${receivedText(wanted)}: ${problem}`, {
    details: {
      received: received(wanted),
      columns: first.slice(0, MAX_LISTED).map((cell) => received(cell.trim())),
      columnCount: first.length,
    },
  })
}
