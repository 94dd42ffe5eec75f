import { between, finite } from './finite.ts'
import { percentile } from './quantiles.ts'

/** More bins than a screen has columns say nothing more. */
const MAX_BINS = 200

/**
 * Counts in bins of equal width from the smallest value to the largest. A bin holds its lower edge
 * and not its upper one; the last bin holds both.
 *
 * Bin width by Freedman and Diaconis ("On the histogram as a density estimator", 1981),
 * 2 · IQR · n^(−1/3); where the interquartile range is 0 the number of bins by Sturges (1926).
 */
export function histogram(sorted: Float64Array) {
  const wanted = wantedBins(sorted)
  const edges = binEdges(sorted, Math.min(wanted.bins, MAX_BINS))
  return {
    rule: wanted.rule,
    bins: edges.length - 1,
    limited: wanted.bins > MAX_BINS,
    edges: edges.map(finite),
    counts: countBetween(sorted, edges),
  }
}

function wantedBins(sorted: Float64Array): { rule: string; bins: number } {
  const n = sorted.length
  const [low, high] = ends(sorted)
  if (low === high) return { rule: 'one bin (all values are equal)', bins: 1 }
  // In halves: a range may be beyond the largest double.
  const width = (percentile(sorted, 75) / 2 - percentile(sorted, 25) / 2) * 2 * n ** (-1 / 3)
  return width > 0
    ? { rule: 'Freedman–Diaconis', bins: Math.max(1, Math.ceil((high / 2 - low / 2) / width)) }
    : { rule: 'Sturges (the interquartile range is 0)', bins: Math.ceil(Math.log2(n)) + 1 }
}

/** Neighbouring doubles have no room for more edges: equal ones are left out. */
function binEdges(sorted: Float64Array, bins: number): number[] {
  const [low, high] = ends(sorted)
  if (low === high) return [low, high]
  const edges = Array.from({ length: bins + 1 }, (_, i) => between(low, high, i / bins))
  return edges.filter((edge, i) => i === 0 || edge > (edges[i - 1] as number))
}

/** Counted from the edges as they are printed, so that the counts hold for exactly these edges. */
function countBetween(sorted: Float64Array, edges: readonly number[]): number[] {
  const inner = edges.slice(1, -1).map((edge) => firstAtLeast(sorted, edge))
  const bounds = [0, ...inner, sorted.length]
  return bounds.slice(1).map((bound, i) => bound - (bounds[i] as number))
}

/** Binary search. */
function firstAtLeast(sorted: Float64Array, wanted: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if ((sorted[middle] as number) < wanted) low = middle + 1
    else high = middle
  }
  return low
}

function ends(sorted: Float64Array): [number, number] {
  return [sorted[0] as number, sorted[sorted.length - 1] as number]
}
