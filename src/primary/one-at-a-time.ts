/** Runs what changes the cluster in the order in which it was asked for, never two at once. */
export class OneAtATime<Name extends string> {
  #turn: Promise<unknown> = Promise.resolve()
  #waiting = 0
  #running: Name | null = null

  /** What runs at this moment. */
  get running(): Name | null {
    return this.#running
  }

  /** Nothing runs or waits. */
  get idle(): boolean {
    return this.#waiting === 0
  }

  /** Runs the work when everything before it has ended, however it ended. */
  run<Result>(name: Name, work: () => Promise<Result>): Promise<Result> {
    this.#waiting += 1
    const result = this.#turn.then(async () => {
      this.#running = name
      try {
        return await work()
      } finally {
        this.#running = null
        this.#waiting -= 1
      }
    })
    this.#turn = result.catch(() => {})
    return result
  }
}
