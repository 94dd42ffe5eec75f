import { between, midpoint } from './finite.ts'

export const QUANTILE_METHOD = 'type 7 (linear interpolation between order statistics)'

/**
 * A percentile by Hyndman and Fan's definition 7 ("Sample quantiles in statistical packages", 1996):
 * the default of R, NumPy and spreadsheets. Takes per cent and not a fraction, so that the position
 * is rounded only once.
 *
 * @param sorted ascending, not empty
 * @param percent 0 to 100
 */
export function percentile(sorted: Float64Array, percent: number): number {
  const position = ((sorted.length - 1) * percent) / 100
  const index = Math.floor(position)
  const low = sorted[index] as number
  const fraction = position - index
  if (fraction === 0) return low
  const high = sorted[index + 1] as number
  return fraction === 0.5 ? midpoint(low, high) : between(low, high, fraction)
}

/**
 * Median of |x − median|, unscaled (times 1.4826 it estimates the standard deviation of normal data).
 * In O(n): seen from the median, the deviations of a sorted dataset are two sorted lists.
 */
export function medianAbsoluteDeviation(sorted: Float64Array, median: number): number {
  const deviation = (index: number) => Math.abs((sorted[index] as number) - median)
  let left = 0
  let right = sorted.length - 1
  let larger = Number.NaN
  // Takes the largest deviation off one end or the other until the middle ones are left.
  for (let rest = sorted.length; ; rest--) {
    const fromLeft = deviation(left)
    const fromRight = deviation(right)
    const largest = Math.max(fromLeft, fromRight)
    if (rest === (sorted.length + 1) / 2) return largest
    if (rest === sorted.length / 2) return midpoint(largest, larger)
    larger = largest
    if (fromLeft >= fromRight) left++
    else right--
  }
}
