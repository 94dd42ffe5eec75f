/** A task that was not started for so long may wait for its thread to load it. */
const RECENT_MS = 60_000

/** Remembers which tasks are asked for at present: a new thread loads those before it takes a request. */
export class RecentTasks {
  readonly #startedAt = new Map<string, number>()

  /** @param now on the clock of `performance.now()` */
  record(task: string, now: number): void {
    this.#startedAt.set(task, now)
  }

  /** The latest first. */
  names(now: number): string[] {
    return [...this.#startedAt]
      .filter(([, startedAt]) => now - startedAt < RECENT_MS)
      .toSorted(([, a], [, b]) => b - a)
      .map(([name]) => name)
  }
}
