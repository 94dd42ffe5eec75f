export type PhaseName = 'body' | 'queue' | 'run' | 'encode'

/** Part of the way of one request. Times are on the clock of `performance.now()`. */
export interface Phase {
  readonly name: PhaseName
  readonly startedAt: number
  readonly endedAt: number
}

/** Milliseconds that each phase took, all its times together; undefined where it did not take place. */
export type PhaseTimes = Readonly<Record<PhaseName, number | undefined>>

/**
 * What one request has been through, one phase after another. Whoever works on the request writes down what
 * begins, so that it can be read whatever becomes of the request: an answer, an error, a caller that has gone.
 */
export class Timeline {
  /** When the request arrived. */
  readonly startedAt: number
  readonly #phases: Phase[] = []
  #current: Omit<Phase, 'endedAt'> | undefined

  constructor(startedAt = performance.now()) {
    this.startedAt = startedAt
  }

  /** Those that have ended, in order. */
  get phases(): readonly Phase[] {
    return this.#phases
  }

  /** Runs that were begun. */
  get attempts(): number {
    const ended = this.#phases.filter(({ name }) => name === 'run').length
    return this.#current?.name === 'run' ? ended + 1 : ended
  }

  /** Begins a phase; the one under way ends with it. */
  begin(name: PhaseName, startedAt = performance.now()): void {
    this.end(startedAt)
    this.#current = { name, startedAt }
  }

  /** Ends the phase under way, if there is one, now or at the time given. */
  end(endedAt?: number): void {
    if (this.#current === undefined) return
    const { name, startedAt } = this.#current
    this.#phases.push({ name, startedAt, endedAt: endedAt ?? performance.now() })
    this.#current = undefined
  }

  /**
   * Ends a run with an answer. No phase takes less than nothing: of a run in a sibling process the start may be seen
   * late, together with its end, and times that fall would make a counter fall.
   *
   * @param encodeMs what its thread says that the encoding took, 0 for none
   */
  endRun(encodeMs: number, endedAt = performance.now()): void {
    const startedAt = this.#current?.startedAt ?? endedAt
    if (encodeMs > 0) this.begin('encode', Math.max(startedAt, endedAt - encodeMs))
    this.end(endedAt)
  }

  times(): PhaseTimes {
    return {
      body: this.#timeOf('body'),
      queue: this.#timeOf('queue'),
      run: this.#timeOf('run'),
      encode: this.#timeOf('encode'),
    }
  }

  #timeOf(name: PhaseName): number | undefined {
    let time: number | undefined
    for (const phase of this.#phases) {
      if (phase.name === name) time = (time ?? 0) + phase.endedAt - phase.startedAt
    }
    return time
  }
}
