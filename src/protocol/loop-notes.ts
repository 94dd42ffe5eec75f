import { readSync } from 'node:fs'
import { clearBytes, writeIfRoom } from './board-file.ts'

/** Behind the runs of all processes, and before what else may come from 128 MiB on. */
const REGION_OFFSET = 96 * 1024 * 1024
const SEAT_BYTES = 32 * 1024

/** Within the region of a seat. A text has its length, or its question's number and its length, in front. */
const QUESTION = 0
const STALL = 1024
const ANSWER = 8 * 1024
const MOST_STALL_BYTES = ANSWER - STALL - 4
const MOST_ANSWER_BYTES = SEAT_BYTES - ANSWER - 8

/** The stall that an event loop is in, as its sentinel sees it. */
export interface StallNote {
  /** When it began, on the clock of `Date.now()`. */
  readonly since: number
  /** Undefined while that is not known. */
  readonly where: string | undefined
}

/**
 * What the sentinel of a process and the primary write to each other on the cluster's board: an event loop
 * that hangs passes no message on, and a process that is killed says no last word.
 *
 * The primary asks, the sentinel answers and notes the stall under way. A text is written before its length
 * or its number, so that nobody reads half of one. One that there is no memory for is not written: then there is no
 * answer, and the watch goes on.
 */
export class LoopNotes {
  readonly #fd: number
  readonly #offset: number

  /** @param fd of the cluster's board */
  constructor(fd: number, seat: number) {
    this.#fd = fd
    this.#offset = REGION_OFFSET + seat * SEAT_BYTES
  }

  /** Asks where the main thread is. @returns the number of the question, undefined where there is no memory for it */
  ask(): number | undefined {
    const question = this.question + 1
    return this.#writeWords(QUESTION, [question]) ? question : undefined
  }

  /** The number of the newest question, 0 before the first. */
  get question(): number {
    return this.#readWords(QUESTION, 1)[0] ?? 0
  }

  /** @throws where the text has more than {@link MOST_ANSWER_BYTES} */
  answer(question: number, text: string): void {
    const bytes = bounded(text, MOST_ANSWER_BYTES)
    if (writeIfRoom(this.#fd, bytes, this.#offset + ANSWER + 8)) {
      this.#writeWords(ANSWER, [question, bytes.length])
    }
  }

  /** The answer to that question; undefined while there is none. */
  answerTo(question: number): string | undefined {
    const [answered, length = 0] = this.#readWords(ANSWER, 2)
    return answered === question ? this.#readText(ANSWER + 8, length) : undefined
  }

  /** @param note undefined where the loop goes on */
  writeStall(note: StallNote | undefined): void {
    const bytes = note ? bounded(JSON.stringify(note), MOST_STALL_BYTES) : Buffer.alloc(0)
    this.#clearWords(STALL, 1)
    if (writeIfRoom(this.#fd, bytes, this.#offset + STALL + 4)) this.#writeWords(STALL, [bytes.length])
  }

  readStall(): StallNote | undefined {
    const [length = 0] = this.#readWords(STALL, 1)
    return length === 0 || length > MOST_STALL_BYTES
      ? undefined
      : parseNote(this.#readText(STALL + 4, length))
  }

  /** Nobody sits here any more. */
  clear(): void {
    this.#clearWords(QUESTION, 1)
    this.#clearWords(STALL, 1)
    this.#clearWords(ANSWER, 2)
  }

  #readWords(at: number, count: number): Uint32Array {
    const words = new Uint32Array(count)
    readSync(this.#fd, words, 0, words.byteLength, this.#offset + at)
    return words
  }

  /** @returns false where there is no memory for them */
  #writeWords(at: number, words: readonly number[]): boolean {
    return writeIfRoom(this.#fd, new Uint8Array(Uint32Array.from(words).buffer), this.#offset + at)
  }

  #clearWords(at: number, count: number): void {
    clearBytes(this.#fd, count * Uint32Array.BYTES_PER_ELEMENT, this.#offset + at)
  }

  #readText(at: number, length: number): string {
    const bytes = Buffer.alloc(Math.min(length, MOST_ANSWER_BYTES))
    readSync(this.#fd, bytes, 0, bytes.length, this.#offset + at)
    return bytes.toString()
  }
}

function bounded(text: string, mostBytes: number): Buffer {
  const bytes = Buffer.from(text)
  if (bytes.length <= mostBytes) return bytes
  throw new RangeError(`Cannot write ${bytes.length} bytes to the board: expected at most ${mostBytes}`)
}

/** Undefined for what a task has scribbled over: it can write to any descriptor of its process. */
function parseNote(text: string): StallNote | undefined {
  try {
    const { since, where } = JSON.parse(text) as Partial<StallNote>
    return typeof since === 'number' ? { since, where } : undefined
  } catch {
    return undefined
  }
}
