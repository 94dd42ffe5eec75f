import { randomBytes } from 'node:crypto'

/** Where new ids of traces and spans come from. */
export interface IdSource {
  /** 32 hexadecimal digits. */
  traceId(): string
  /** 16 hexadecimal digits. */
  spanId(): string
}

const TRACE_ID_DIGITS = 32
const SPAN_ID_DIGITS = 16

/** To ask the system for random bytes, and to write them out, takes nearly as long for 16 bytes as for many. */
const POOL_BYTES = 4096

/** Random ids out of a pool. That one is all zeros, which is forbidden, takes longer to happen than the universe will last. */
export class RandomIds implements IdSource {
  #pool = ''
  #used = 0

  traceId(): string {
    return this.#take(TRACE_ID_DIGITS)
  }

  spanId(): string {
    return this.#take(SPAN_ID_DIGITS)
  }

  #take(digits: number): string {
    if (this.#used + digits > this.#pool.length) {
      this.#pool = randomBytes(POOL_BYTES).toString('hex')
      this.#used = 0
    }
    this.#used += digits
    return this.#pool.slice(this.#used - digits, this.#used)
  }
}
