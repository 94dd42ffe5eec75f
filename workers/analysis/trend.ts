import { chunks, type Work } from './chunks.ts'
import { finite } from './finite.ts'
import type { Moments } from './moments.ts'
import { CompensatedSum } from './summation.ts'

/** Least squares with the index 0 … n − 1 as x, in units of the dataset's frame. */
export interface TrendLine {
  /** Units per step. */
  readonly slope: number
  readonly rSquared: number
}

/**
 * With centred x and y the slope is Σ(i − ī)·d / Σ(i − ī)², and Σ(i − ī)² = n(n² − 1) / 12.
 * R² is the square of the correlation; not defined for a constant.
 *
 * @param deviations from the mean, at least two
 */
export function trendLine(deviations: Float64Array, m2: number, work: Work): TrendLine {
  const n = deviations.length
  const middle = (n - 1) / 2
  const products = new CompensatedSum()
  for (const [start, end] of chunks(work, n)) {
    for (let i = start; i < end; i++) products.add((i - middle) * (deviations[i] as number))
  }
  const indexSquares = (n * (n * n - 1)) / 12
  return {
    slope: products.total / indexSquares,
    rSquared: Math.min(1, products.total ** 2 / (indexSquares * m2 * n)),
  }
}

/** The line as the answer says it; null for fewer than two values. */
export function linearTrend(line: TrendLine, { count, mean, frame }: Moments) {
  if (count < 2) return null
  // In units: the slope of huge values times half their number can overflow on the way.
  const intercept = (mean / frame.unit - line.slope * ((count - 1) / 2)) * frame.unit
  return {
    slope: finite(line.slope * frame.unit),
    intercept: finite(intercept),
    rSquared: finite(line.rSquared),
  }
}
