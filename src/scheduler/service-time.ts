/** Weight of the newest run: about the last ten runs count. */
const WEIGHT = 0.2

/** Longest wait that a client is told: an estimate from a few runs is worth no more. */
const MAX_RETRY_AFTER_SECONDS = 60

/** How long a run takes, as an exponentially weighted mean over the newest runs. */
export class ServiceTime {
  #meanMs: number | undefined

  /** Undefined until the first run has ended. */
  get meanMs(): number | undefined {
    return this.#meanMs
  }

  record(runMs: number): void {
    this.#meanMs = this.#meanMs === undefined ? runMs : this.#meanMs + WEIGHT * (runMs - this.#meanMs)
  }
}

/**
 * Whole seconds until another attempt has a chance: the time in which the threads work off what is
 * ahead. Between 1 and 60.
 *
 * @param ahead runs waiting and running
 * @param meanMs mean time of one run in milliseconds, where known
 */
export function retryAfterSeconds(ahead: number, threads: number, meanMs: number | undefined): number {
  const waitMs = (ahead * (meanMs ?? 0)) / Math.max(1, threads)
  return Math.min(MAX_RETRY_AFTER_SECONDS, Math.max(1, Math.ceil(waitMs / 1000)))
}
