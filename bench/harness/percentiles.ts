export interface Percentiles {
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly longest: number
}

/** By the nearest rank; all 0 for no values. */
export function percentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), longest: at(1) }
}
