import { randomFillSync } from 'node:crypto'

/** Where new ids of traces and spans come from. */
export interface IdSource {
  /** 32 hexadecimal digits. */
  traceId(): string
  /** 16 hexadecimal digits. */
  spanId(): string
}

const TRACE_ID_BYTES = 16
const SPAN_ID_BYTES = 8

/** To ask the system for random bytes takes as long for 4 KB as for 16 bytes, near enough. */
const POOL_BYTES = 4096

/** Random ids out of a pool. That one is all zeros, which is forbidden, takes longer to happen than the universe will last. */
export class RandomIds implements IdSource {
  readonly #pool = Buffer.alloc(POOL_BYTES)
  #used = POOL_BYTES

  traceId(): string {
    return this.#take(TRACE_ID_BYTES)
  }

  spanId(): string {
    return this.#take(SPAN_ID_BYTES)
  }

  #take(bytes: number): string {
    if (this.#used + bytes > POOL_BYTES) {
      randomFillSync(this.#pool)
      this.#used = 0
    }
    const from = this.#used
    this.#used += bytes
    return this.#pool.toString('hex', from, this.#used)
  }
}
