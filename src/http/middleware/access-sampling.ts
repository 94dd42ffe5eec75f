/**
 * Which of the requests that went well have a line in the log: the first of each task, and then one in so many.
 * Counted and not drawn, so that lines times N is the number of requests but for less than N a task and
 * process; by task, so that what is rare among much else is seen too.
 */
export class AccessSampling {
  readonly #oneIn: number
  readonly #seen = new Map<string | undefined, number>()

  /** @param oneIn 0 for none */
  constructor(oneIn: number) {
    this.#oneIn = oneIn
  }

  /**
   * Counts a request.
   *
   * @param task undefined for a request that ran none
   */
  isNext(task: string | undefined): boolean {
    if (this.#oneIn <= 1) return this.#oneIn === 1
    const before = this.#seen.get(task) ?? 0
    this.#seen.set(task, (before + 1) % this.#oneIn)
    return before === 0
  }

  /** What a line that was chosen has to say, where it stands for more than itself. */
  get facts(): { readonly oneIn?: number } {
    return this.#oneIn > 1 ? { oneIn: this.#oneIn } : {}
  }
}
