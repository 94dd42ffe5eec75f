import { readSync } from 'node:fs'
import { clearBytes, writeIfRoom } from './board-file.ts'
import { LoopNotes } from './loop-notes.ts'

/** The descriptor by which each HTTP process inherits the board; the one before is the channel to the primary. */
export const BOARD_FD = 4

/** What an HTTP process tells its siblings of itself. */
export interface LoadFigures {
  /** Names the process: its socket for shared runs. */
  readonly pid: number
  /** Threads that could start a task at this moment. */
  readonly freeThreads: number
  /** Requests that wait for a thread. */
  readonly queued: number
}

/** As many processes can be on the board at once: twice the most slots, because each may be replaced. */
export const MOST_SEATS = 1024

/** As many runs of one process can be on it at once: the most threads. */
const MOST_RUNS = 128

const LOAD_FIELDS = 3
const LOAD_BYTES = LOAD_FIELDS * Int32Array.BYTES_PER_ELEMENT
const RUN_BYTES = 512
const RUNS_OFFSET = 64 * 1024
/** The two bytes before a record are its length; 0 where nothing runs. */
const LENGTH_BYTES = 2

/**
 * A small file in memory that the primary and all HTTP processes have open: what each of them is doing,
 * for the others to see at any time, and for the primary to read after a death.
 *
 * Each process has a seat on it, of its own while it lives, and writes nowhere else. A read or a write
 * is one system call of about a microsecond that never waits for a disk; a message over the primary takes
 * two event loops, and one that is on its way when a process aborts is lost.
 *
 * The memory can run out, because others use that folder too. Then what is written here is not seen by anybody, which
 * costs a run on another process' thread, or the name of what a process died of; no request fails by it.
 */
export class ClusterBoard {
  /** For what has a region of its own on it, as `LoopNotes`. */
  readonly fd: number
  readonly #loadFields = new Int32Array(MOST_SEATS * LOAD_FIELDS)
  readonly #runRecord = Buffer.alloc(RUN_BYTES)

  /** @param fd of a file that is open for reading and writing */
  constructor(fd: number) {
    this.fd = fd
  }

  /** The figures of a seat, undefined where nobody takes shared runs. */
  writeLoad(seat: number, figures: LoadFigures | undefined): void {
    if (figures === undefined) {
      clearBytes(this.fd, LOAD_BYTES, seat * LOAD_BYTES)
      return
    }
    const fields = Int32Array.of(figures.pid, figures.freeThreads, figures.queued)
    writeIfRoom(this.fd, new Uint8Array(fields.buffer), seat * LOAD_BYTES)
  }

  /** Everybody's figures, in the order of the seats. */
  readLoads(): LoadFigures[] {
    const fields = this.#loadFields
    readSync(this.fd, new Uint8Array(fields.buffer), 0, fields.byteLength, 0)
    const loads: LoadFigures[] = []
    for (let at = 0; at < fields.length; at += LOAD_FIELDS) {
      const pid = fields[at] ?? 0
      if (pid !== 0) loads.push({ pid, freeThreads: fields[at + 1] ?? 0, queued: fields[at + 2] ?? 0 })
    }
    return loads
  }

  /**
   * Says what a thread is about to run, so that it can be told if the process does not survive it.
   *
   * @param place of the run among those of its process, from 0
   * @param note cut off after 510 bytes
   */
  writeRun(seat: number, place: number, note: string): void {
    const record = this.#runRecord
    const written = record.write(note, LENGTH_BYTES)
    record.writeUInt16BE(written)
    writeIfRoom(this.fd, record, runOffset(seat, place), LENGTH_BYTES + written)
  }

  /** The run is over, and nobody died of it. */
  clearRun(seat: number, place: number): void {
    // It fails only where nothing was written either.
    writeIfRoom(this.fd, NOTHING, runOffset(seat, place))
  }

  /** What the threads of a process are running, or were when it died. */
  readRuns(seat: number): string[] {
    const bytes = new Uint8Array(MOST_RUNS * RUN_BYTES)
    readSync(this.fd, bytes, 0, bytes.length, runOffset(seat, 0))
    const view = new DataView(bytes.buffer)
    const notes: string[] = []
    for (let at = 0; at < bytes.length; at += RUN_BYTES) {
      const length = view.getUint16(at)
      if (length > 0)
        notes.push(decoder.decode(bytes.subarray(at + LENGTH_BYTES, at + LENGTH_BYTES + length)))
    }
    return notes
  }

  /** Nobody sits here any more. */
  clearSeat(seat: number): void {
    this.writeLoad(seat, undefined)
    for (let place = 0; place < MOST_RUNS; place++) clearBytes(this.fd, LENGTH_BYTES, runOffset(seat, place))
    new LoopNotes(this.fd, seat).clear()
  }
}

const NOTHING = new Uint8Array(LENGTH_BYTES)
const decoder = new TextDecoder()

function runOffset(seat: number, place: number): number {
  return RUNS_OFFSET + (seat * MOST_RUNS + place) * RUN_BYTES
}
