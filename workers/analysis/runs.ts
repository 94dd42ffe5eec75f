import { chunks, type Work } from './chunks.ts'

/** A stretch of neighbouring values; `start` is null where there is none (length 0). */
export type Run = { readonly length: number; readonly start: number | null }

/** The longest run of each kind, the first of them where several are equally long. Lengths count values. */
export type Runs = {
  /** Each value above the one before it. */
  readonly increasing: Run
  readonly decreasing: Run
  readonly equal: Run
  /** The sign of successive differences changes at each step. */
  readonly alternating: Run
  /** Strictly above; a value equal to the median ends it. */
  readonly aboveMedian: Run
  readonly belowMedian: Run
}

/** Compares neighbours and never subtracts them, so that neither overflow nor underflow can mislead. */
export function longestRuns(values: Float64Array, median: number, work: Work): Runs {
  const increasing = new LongestRun()
  const decreasing = new LongestRun()
  const equal = new LongestRun()
  const alternating = new LongestRun()
  const above = new LongestRun()
  const below = new LongestRun()
  let before = values[0] as number
  let stepBefore = 0
  for (const [start, end] of chunks(work, values.length)) {
    for (let i = start; i < end; i++) {
      const value = values[i] as number
      const step = value > before ? 1 : value < before ? -1 : 0
      increasing.take(i, step > 0, i)
      decreasing.take(i, step < 0, i)
      equal.take(i, step === 0, i)
      // A step that changes no sign can still be the first one of another such run.
      alternating.take(i, step * stepBefore < 0, step === 0 ? i : i - 1)
      above.take(i, value > median, i + 1)
      below.take(i, value < median, i + 1)
      before = value
      stepBefore = step
    }
  }
  return {
    increasing: increasing.longest,
    decreasing: decreasing.longest,
    equal: equal.longest,
    alternating: alternating.longest,
    aboveMedian: above.longest,
    belowMedian: below.longest,
  }
}

/**
 * The four shapes as 0 or 1: 1 where the whole dataset is one such run. All are 0 for fewer than two
 * values. Two values show a single difference, in which no change of sign can be seen: not alternating.
 */
export function shapeFlags(count: number, runs: Runs) {
  const wholly = (run: Run, least: number) => (count >= least && run.length === count ? 1 : 0)
  return {
    increasing: wholly(runs.increasing, 2),
    decreasing: wholly(runs.decreasing, 2),
    alternating: wholly(runs.alternating, 3),
    constant: wholly(runs.equal, 2),
  }
}

class LongestRun {
  #start = 0
  #longest = 0
  #longestStart = 0

  /** @param restart where the run that ends here can begin, if the value does not belong to the current one */
  take(index: number, belongs: boolean, restart: number): void {
    if (!belongs) this.#start = restart
    const length = index - this.#start + 1
    if (length <= this.#longest) return
    this.#longest = length
    this.#longestStart = this.#start
  }

  get longest(): Run {
    return { length: this.#longest, start: this.#longest === 0 ? null : this.#longestStart }
  }
}
