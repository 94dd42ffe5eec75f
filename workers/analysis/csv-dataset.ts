import { isUtf8 } from 'node:buffer'
import { CsvError, parse } from 'csv-parse/sync'
import { TaskError } from '../../src/index.ts'
import type { Work } from './chunks.ts'
import { cellNumber } from './csv-cell.ts'
import { type CsvColumn, chooseColumn } from './csv-column.ts'
import { emptyDataset } from './dataset.ts'
import { received, receivedText } from './received.ts'

export interface CsvOptions {
  /** Name or index from 0. */
  readonly column?: string | undefined
  readonly delimiter: string
}

export interface CsvDataset {
  readonly values: Float64Array
  readonly column: CsvColumn
}

/** A quote that is never closed must not take the rest of the file for one record. */
const MAX_RECORD_BYTES = 1024 * 1024

/**
 * One column of a CSV file (RFC 4180, UTF-8, with or without a byte order mark, any line ending).
 * Every record has as many cells as the first. Blank lines are passed over, except in a file of one
 * column, where one between the records is a missing value.
 *
 * The parser hands over one record at a time and none is kept: beside the numbers, memory is bounded.
 *
 * @throws {TaskError} `CSV_INVALID`, `DATASET_EMPTY`, or `DATASET_INVALID` for the first cell that is not a finite number
 */
export function datasetFromCsv(bytes: Uint8Array<ArrayBuffer>, options: CsvOptions, work: Work): CsvDataset {
  if (!isUtf8(bytes)) throw new TaskError('CSV_INVALID', 'Cannot read the CSV: it is not UTF-8')
  const reader = new ColumnReader(options.column, work)
  try {
    parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), {
      bom: true,
      delimiter: options.delimiter,
      record_delimiter: ['\r\n', '\n', '\r'],
      skip_empty_lines: true,
      max_record_size: MAX_RECORD_BYTES,
      on_record: (record: string[], place) => {
        reader.take(record, place)
        return null
      },
    })
  } catch (error) {
    throw error instanceof CsvError ? notCsv(error) : error
  }
  return reader.finish()
}

/** Where a record stands, as the parser counts. */
interface Place {
  readonly lines: number
  readonly empty_lines: number
}

/** Takes records one by one. The first waits for the second: only then may the column be known. */
class ColumnReader {
  readonly #wanted: string | undefined
  readonly #work: Work
  #first: { record: readonly string[]; line: number } | undefined
  #column: CsvColumn | undefined
  #values = new Float64Array(1024)
  #count = 0

  constructor(wanted: string | undefined, work: Work) {
    this.#wanted = wanted
    this.#work = work
  }

  take(record: readonly string[], place: Place): void {
    if (record.length === 1 && place.empty_lines > 0) throw this.#blankLine(place)
    if (this.#first === undefined) {
      this.#first = { record, line: place.lines }
      return
    }
    const column = this.#column ?? this.#start(this.#first, record)
    this.#append(record[column.index] ?? '', column, place.lines)
  }

  finish(): CsvDataset {
    if (this.#first === undefined) throw emptyDataset()
    // A single record has waited in vain for a second one.
    const column = this.#column ?? this.#start(this.#first, undefined)
    if (this.#count === 0) throw emptyDataset()
    return { values: this.#values.subarray(0, this.#count), column }
  }

  #start(
    first: { record: readonly string[]; line: number },
    second: readonly string[] | undefined,
  ): CsvColumn {
    const column = chooseColumn(this.#wanted, first.record, second)
    this.#column = column
    if (!column.header) this.#append(first.record[column.index] ?? '', column, first.line)
    return column
  }

  #append(cell: string, column: CsvColumn, line: number): void {
    const value = cellNumber(cell)
    if (!Number.isFinite(value)) throw this.#notFinite(cell, column, line)
    if (this.#count % 65_536 === 0) this.#work.throwIfAborted()
    if (this.#count === this.#values.length) this.#grow()
    this.#values[this.#count++] = value
  }

  #grow(): void {
    const grown = new Float64Array(2 * this.#values.length)
    grown.set(this.#values)
    this.#values = grown
  }

  #notFinite(cell: string, column: CsvColumn, line: number): TaskError {
    const name = column.name ?? column.index
    return new TaskError(
      'DATASET_INVALID',
      `Cannot use line ${line}, column ${receivedText(name)}: expected a finite number, got ${receivedText(cell)}`,
      { details: { index: this.#count, line, column: received(name), received: received(cell) } },
    )
  }

  #blankLine(place: Place): TaskError {
    return new TaskError(
      'DATASET_INVALID',
      `Cannot use the blank line before line ${place.lines}: expected a finite number in each line of a single column`,
      { details: { index: this.#count, line: place.lines, received: '' } },
    )
  }
}

function notCsv(error: CsvError): TaskError {
  const line = typeof error.lines === 'number' ? error.lines : null
  return new TaskError('CSV_INVALID', `Cannot read the CSV: ${error.message}`, {
    details: { line, reason: error.code },
    cause: error,
  })
}
