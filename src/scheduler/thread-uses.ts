import {
  afterRun,
  type RecycleReason,
  type RunEnd,
  recycleReason,
  type ThreadUse,
  UNUSED,
} from './thread-recycle-policy.ts'

/** A thread that is to be replaced between two runs. */
export interface DueThread {
  readonly id: number
  readonly reason: RecycleReason
  readonly use: ThreadUse
  /** On the clock of `performance.now()`. */
  readonly since: number
}

/** What each thread of a process has done, by Node's id of the thread. */
export class ThreadUses {
  readonly #limits: Parameters<typeof recycleReason>[1]
  readonly #uses = new Map<number, ThreadUse>()
  readonly #due = new Map<number, DueThread>()

  constructor(limits: Parameters<typeof recycleReason>[1]) {
    this.#limits = limits
  }

  /** A run has ended on a thread, which has not ended itself. */
  recordRun(id: number, end: RunEnd, now: number): void {
    const use = afterRun(this.of(id), end, this.#limits)
    this.#uses.set(id, use)
    const reason = recycleReason(use, this.#limits)
    // It may hold less again.
    if (reason === undefined) this.#due.delete(id)
    else this.#due.set(id, { id, reason, use, since: this.#due.get(id)?.since ?? now })
  }

  of(id: number): ThreadUse {
    return this.#uses.get(id) ?? UNUSED
  }

  get someDue(): boolean {
    return this.#due.size > 0
  }

  /** Those that are due, the one that has been for longest first. */
  due(): readonly DueThread[] {
    return [...this.#due.values()].toSorted((a, b) => a.since - b.since)
  }

  forget(id: number): void {
    this.#uses.delete(id)
    this.#due.delete(id)
  }
}
