import { chunks, type Work } from './chunks.ts'
import { finite } from './finite.ts'
import { twoSidedP } from './normal-distribution.ts'
import type { Ordering } from './ordering.ts'

const SIGNIFICANCE = 0.05

/**
 * The Mann–Kendall test for a monotonic trend (Mann 1945; Kendall, "Rank Correlation Methods", 1975)
 * with the correction for ties. S is the number of pairs that rise minus the number that fall; it
 * needs no pair to be looked at: falling pairs are inversions, equal pairs follow from the sorted
 * values, and the rest rise.
 *
 * The test takes the values as independent of each other; p is from the normal approximation with
 * continuity correction, which is good from about ten values on. Null for fewer than two values.
 */
export function mannKendall({ sorted, inversions }: Ordering, work: Work) {
  const n = sorted.length
  if (n < 2) return null
  const ties = tieSums(sorted, work)
  const pairs = (n * (n - 1)) / 2
  const s = pairs - ties.pairs - 2 * inversions
  const variance = (n * (n - 1) * (2 * n + 5) - ties.variance) / 18
  const z = variance > 0 ? (s - Math.sign(s)) / Math.sqrt(variance) : 0
  const p = twoSidedP(z)
  return {
    s: finite(s),
    // Tau-b, for a constant 0 / 0. Two roots: the product of the two counts is beyond exact integers.
    tau: finite(s / (Math.sqrt(pairs - ties.pairs) * Math.sqrt(pairs))),
    z: finite(z),
    p,
    trend: p >= SIGNIFICANCE ? 'none' : s > 0 ? 'increasing' : 'decreasing',
    significanceLevel: SIGNIFICANCE,
  }
}

/** Over each group of t equal values: Σ t(t − 1)/2 and Σ t(t − 1)(2t + 5). */
function tieSums(sorted: Float64Array, work: Work): { pairs: number; variance: number } {
  const sums = { pairs: 0, variance: 0 }
  let groupStart = 0
  for (const [start, end] of chunks(work, sorted.length)) {
    for (let i = start; i < end; i++) {
      if (sorted[i] === sorted[i + 1]) continue
      const t = i + 1 - groupStart
      sums.pairs += (t * (t - 1)) / 2
      sums.variance += t * (t - 1) * (2 * t + 5)
      groupStart = i + 1
    }
  }
  return sums
}
