import type { Worker as NodeThread } from 'node:worker_threads'

/** A thread that is held for longer counts as one that cannot be ended. */
const MOST_HELD_MS = 120_000

type Thread = Pick<NodeThread, 'threadId' | 'once'>

/** Threads that were told to end: when they really have, and who must be heard before. */
export class ThreadEndings {
  readonly #onStuck: () => void
  /** Threads that must not be ended yet, by their ids, with what is to settle first. */
  readonly #held = new Map<number, Promise<unknown>>()
  /** Threads that were told to end and have not. */
  readonly #ending = new Set<Promise<unknown>>()

  /** @param onStuck called when a thread has not ended in time, and cannot be */
  constructor(onStuck: () => void) {
    this.#onStuck = onStuck
  }

  /** Threads that were told to end, or are about to be, and have not ended. */
  get size(): number {
    return this.#ending.size
  }

  /** Does not let a thread be told to end before the work settles. The work never rejects. */
  hold({ threadId }: Pick<Thread, 'threadId'>, work: Promise<unknown>): void {
    const held = work.finally(() => this.#held.delete(threadId))
    this.#held.set(threadId, held)
  }

  /**
   * Tells a thread to end: at once, unless it is held.
   *
   * @param withinMs how long that may take from when it was told
   * @returns a promise that settles when the thread has really ended
   */
  end(thread: Thread, withinMs: number, tell: () => void): Promise<unknown> {
    const exit = new Promise((resolve) => thread.once('exit', resolve))
    const held = this.#held.get(thread.threadId)
    if (held === undefined) tell()
    else void held.then(tell)
    // Optimised code can hold loops that never look whether they are to end (docs/architecture.md).
    const patienceMs = held === undefined ? withinMs : MOST_HELD_MS + withinMs
    const giveUp = setTimeout(this.#onStuck, patienceMs)
    const ending = exit.then(() => {
      clearTimeout(giveUp)
      this.#ending.delete(ending)
    })
    this.#ending.add(ending)
    return ending
  }

  /** Settles when no thread is held that is held now. */
  async released(): Promise<void> {
    await Promise.all(this.#held.values())
  }

  /** Settles when every thread has ended that was told to by now. Not while one cannot be ended. */
  async ended(): Promise<void> {
    await Promise.all(this.#ending)
  }
}
