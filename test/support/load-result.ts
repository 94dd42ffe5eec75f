/** A request that got no complete and right answer with status 200. Times are of `performance.now()`. */
export interface Failure {
  /** An error code such as `ECONNRESET`, `status 503`, `wrong answer`, `incomplete answer` or `timeout`. */
  readonly kind: string
  /** The error's message, or what was answered instead. */
  readonly detail: string
  readonly route: string
  /** Whether the connection had carried a request before. */
  readonly connection: 'fresh' | 'reused'
  readonly sentAt: number
  readonly endedAt: number
  readonly elapsedMs: number
}

/** How one request ended. */
export interface Outcome {
  readonly sentAt: number
  readonly endedAt: number
  readonly failure?: Failure
}

export interface LoadResult {
  readonly requests: number
  readonly succeeded: number
  readonly failures: readonly Failure[]
  readonly seconds: number
  readonly perSecond: number
  /** Of all requests, failed ones included. */
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly longest: number }
}

/** Collects outcomes while a load runs. */
export class LoadTally {
  readonly failures: Failure[] = []
  readonly #startedAt = performance.now()
  readonly #elapsedMs: number[] = []
  #lastAt = this.#startedAt

  get requests(): number {
    return this.#elapsedMs.length
  }

  add({ sentAt, endedAt, failure }: Outcome): void {
    this.#elapsedMs.push(endedAt - sentAt)
    this.#lastAt = endedAt
    if (failure) this.failures.push(failure)
  }

  result(): LoadResult {
    const { requests, failures } = this
    const seconds = (this.#lastAt - this.#startedAt) / 1000
    const sorted = Float64Array.from(this.#elapsedMs).toSorted()
    return {
      requests,
      succeeded: requests - failures.length,
      failures,
      seconds,
      perSecond: seconds > 0 ? requests / seconds : 0,
      latencyMs: { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), longest: quantile(sorted, 1) },
    }
  }
}

/** How many failures there were of each kind and on which connections, the most frequent first. */
export function countKinds(failures: readonly Failure[]): Record<string, number> {
  const counts = new Map<string, number>()
  for (const { kind, connection } of failures) {
    const name = `${kind} (${connection})`
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return Object.fromEntries([...counts].toSorted(([, a], [, b]) => b - a))
}

/** The middle value; 0 where there is none. */
export function median(values: readonly number[]): number {
  return quantile(Float64Array.from(values).toSorted(), 0.5)
}

function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0
}
