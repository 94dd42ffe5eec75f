import { readSync } from 'node:fs'
import { clearBytes, writeAll } from './board-file.ts'

/** Behind everything else on the board. The file has holes: only what is written takes memory. */
const OFFSET = 128 * 1024 * 1024
const SEAT_BYTES = 1024 * 1024
const HEADER_BYTES = 8
const NAMES_OFFSET = 64
const CELLS_OFFSET = 512 * 1024
const CELL_BYTES = Float64Array.BYTES_PER_ELEMENT

const MOST_NAME_BYTES = CELLS_OFFSET - NAMES_OFFSET
const MOST_CELLS = (SEAT_BYTES - CELLS_OFFSET) / CELL_BYTES

/** The name of a series is a line of text that says what its cells mean; the area does not look into it. */
export interface WrittenSeries {
  readonly name: string
  readonly cells: Float64Array
}

/**
 * What one HTTP process has counted, on the cluster's board: numbers in cells, and a list of names that says
 * which cells belong to which series. The process writes each number within the turn of its event loop in which
 * it changed, and the primary reads whenever it likes: of a process that hangs, and of one that has died, as well.
 */
export class MetricArea {
  readonly #fd: number
  readonly #offset: number
  #nameBytes = 0
  #cells = 0

  /** @param fd of the board */
  constructor(fd: number, seat: number) {
    this.#fd = fd
    this.#offset = OFFSET + seat * SEAT_BYTES
  }

  /**
   * Adds a series to the list, its cells at 0 behind those of the one before.
   *
   * @returns where they begin; undefined where there is no room for them
   * @throws where there is no memory for the board
   */
  add(name: string, cells: number): number | undefined {
    const line = Buffer.from(`${cells} ${name}\n`)
    const at = this.#cells
    if (at + cells > MOST_CELLS || this.#nameBytes + line.length > MOST_NAME_BYTES) return undefined
    // Whoever had this seat before may have left something there; who reads sees the series when it is whole.
    this.writeCells(new Float64Array(cells), at)
    writeAll(this.#fd, line, this.#offset + NAMES_OFFSET + this.#nameBytes)
    this.#nameBytes += line.length
    this.#cells += cells
    const header = Uint32Array.of(this.#nameBytes, this.#cells)
    writeAll(this.#fd, new Uint8Array(header.buffer), this.#offset)
    return at
  }

  /**
   * Writes cells that stand beside each other.
   *
   * @throws where there is no memory for the board
   */
  writeCells(cells: Float64Array, from: number): void {
    const bytes = new Uint8Array(cells.buffer, cells.byteOffset, cells.byteLength)
    writeAll(this.#fd, bytes, this.#offset + CELLS_OFFSET + from * CELL_BYTES)
  }

  /** Every series with its numbers, as they are at this moment. */
  read(): WrittenSeries[] {
    const header = new Uint32Array(HEADER_BYTES / Uint32Array.BYTES_PER_ELEMENT)
    this.#readInto(new Uint8Array(header.buffer), 0)
    const [nameBytes = 0, count = 0] = header
    // A task can write to any descriptor of its process.
    if (nameBytes > MOST_NAME_BYTES || count > MOST_CELLS) return []
    const names = Buffer.alloc(nameBytes)
    this.#readInto(names, NAMES_OFFSET)
    const cells = new Float64Array(count)
    this.#readInto(new Uint8Array(cells.buffer), CELLS_OFFSET)
    return splitCells(names.toString(), cells)
  }

  /** Nobody counts here any more. */
  clear(): void {
    clearBytes(this.#fd, HEADER_BYTES, this.#offset)
  }

  #readInto(bytes: Uint8Array, offset: number): void {
    readSync(this.#fd, bytes, 0, bytes.length, this.#offset + offset)
  }
}

function splitCells(names: string, cells: Float64Array): WrittenSeries[] {
  let at = 0
  return names
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const space = line.indexOf(' ')
      const length = Number(line.slice(0, space))
      at += length
      return { name: line.slice(space + 1), cells: cells.subarray(at - length, at) }
    })
}
