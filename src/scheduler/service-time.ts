/** Weight of the newest run: about the last ten runs count. */
const WEIGHT = 0.2

/** How long the runs of each task take, as exponentially weighted means over the newest ones. */
export class ServiceTimes {
  readonly #meansMs = new Map<string, number>()
  #overallMs: number | undefined

  /**
   * What a run of a task is expected to take: its own mean, that of all tasks while it has not run, and
   * 0 while nothing has.
   */
  expectedMs(task: string): number {
    return this.#meansMs.get(task) ?? this.#overallMs ?? 0
  }

  record(task: string, runMs: number): void {
    this.#meansMs.set(task, next(this.#meansMs.get(task), runMs))
    this.#overallMs = next(this.#overallMs, runMs)
  }
}

function next(meanMs: number | undefined, runMs: number): number {
  return meanMs === undefined ? runMs : meanMs + WEIGHT * (runMs - meanMs)
}
