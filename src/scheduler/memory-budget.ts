import type { ProblemError } from '../errors.ts'
import { memoryFull } from './refusals.ts'

/**
 * Bounds the bytes that requests hold from the moment in which they arrive until a thread has them: in
 * bodies that are being read, and in those that wait.
 */
export class MemoryBudget {
  readonly limitBytes: number
  #usedBytes = 0

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  /** Whether so many bytes more fit in. */
  hasRoomFor(bytes: number): boolean {
    return this.#usedBytes + bytes <= this.limitBytes
  }

  /** For one request, which holds nothing yet. */
  lease(): MemoryLease {
    let heldBytes = 0
    let released = false
    return {
      grow: (bytes) => {
        if (released || !this.hasRoomFor(bytes)) return false
        heldBytes += bytes
        this.#usedBytes += bytes
        return true
      },
      refusal: () => memoryFull(this),
      release: () => {
        if (!released) this.#usedBytes -= heldBytes
        released = true
      },
    }
  }
}

export interface MemoryLease {
  /** @returns false where the bytes do not fit in, and then nothing has changed */
  readonly grow: (bytes: number) => boolean
  /** For a body that did not fit in. */
  readonly refusal: () => ProblemError
  /** Gives everything back. Further calls change nothing. */
  readonly release: () => void
}
