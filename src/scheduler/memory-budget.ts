import type { ProblemError } from '../errors.ts'
import { answersUnread, memoryFull } from './refusals.ts'

/** The part of the budget that answers to one client may hold before it has to read some. */
const CLIENT_SHARE = 0.5

/**
 * Bounds the bytes that requests hold: in bodies from the moment in which they arrive until a thread has
 * them, and in answers from when they come back from it until they are written out. An answer
 * always fits in; what comes after it does not.
 */
export class MemoryBudget {
  readonly limitBytes: number
  #usedBytes = 0
  /** What answers hold, by client. */
  readonly #answers = new Map<string, number>()

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

  /**
   * Why a request of this client may not begin; undefined where it may. Clients that do not read their
   * answers so run into their share first, and leave the rest to others.
   *
   * @param bytes of its body, as far as they are known and not counted yet
   */
  refusalOf(client: string, bytes = 0): ProblemError | undefined {
    if (!this.hasRoomFor(bytes)) return memoryFull(this)
    const unread = this.#answers.get(client) ?? 0
    const shareBytes = this.limitBytes * CLIENT_SHARE
    return unread >= shareBytes ? answersUnread(unread, shareBytes) : undefined
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

  /** @returns what gives the bytes back, to be called once */
  holdAnswer(client: string, bytes: number): () => void {
    this.#addAnswer(client, bytes)
    return () => this.#addAnswer(client, -bytes)
  }

  #addAnswer(client: string, bytes: number): void {
    this.#usedBytes += bytes
    const unread = (this.#answers.get(client) ?? 0) + bytes
    if (unread > 0) this.#answers.set(client, unread)
    else this.#answers.delete(client)
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
