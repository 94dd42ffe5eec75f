/*
 * Durations in buckets that grow by 5 %: distributions of processes can be added up, and a percentile
 * read from the sum is within 2.5 % of the true one. The mapping is that of DDSketch (Masson, Rim and
 * Lee, VLDB 2019) with a smallest value.
 */
const GROWTH = 1.05
const SMALLEST_MS = 0.01

/** The bucket of a duration: 0 holds everything up to a hundredth of a millisecond. */
export function bucketOf(ms: number): number {
  return ms <= SMALLEST_MS ? 0 : Math.ceil(Math.log(ms / SMALLEST_MS) / Math.log(GROWTH))
}

/** The duration that stands for a bucket: relatively as far from its lower end as from its upper one. */
export function durationOf(bucket: number): number {
  return (SMALLEST_MS * GROWTH ** bucket * 2) / (1 + GROWTH)
}

/**
 * The duration that a share of all does not exceed.
 *
 * @param buckets counts by bucket
 * @param share from 0 to 1, 0.95 for the 95th percentile (nearest rank)
 * @returns milliseconds, 0 where nothing was counted
 */
export function percentileOf(buckets: ReadonlyMap<number, number>, share: number): number {
  const sorted = [...buckets].toSorted(([a], [b]) => a - b)
  const total = sorted.reduce((sum, [, count]) => sum + count, 0)
  const rank = Math.max(1, Math.ceil(share * total))
  let seen = 0
  for (const [bucket, count] of sorted) {
    seen += count
    if (seen >= rank) return durationOf(bucket)
  }
  return 0
}
