import { chunks, type Work } from './chunks.ts'
import { CompensatedSum } from './summation.ts'

/** Where a dataset lies and how it spreads. Every pass over deviations starts from here. */
export interface Moments {
  readonly count: number
  readonly min: number
  readonly max: number
  /** Infinite where the sum is beyond the doubles; the mean never is. */
  readonly sum: number
  readonly mean: number
  readonly frame: Frame
  /** Central moments Σ(x − mean)ᵏ / n, in units of the frame to the power k. */
  readonly m2: number
  readonly m3: number
  readonly m4: number
}

/**
 * Deviations are computed in units of a power of two near the largest deviation: scaling by it is
 * exact, and the fourth power of a deviation neither overflows (1e308) nor vanishes (5e-324).
 */
export interface Frame {
  readonly unit: number
  readonly perUnit: number
  /** The mean as a double, in units. */
  readonly centre: number
  /** What the true mean lies above {@link Frame.centre}, in units: the rounding of the mean. */
  readonly shift: number
}

/**
 * Two passes with a correction for the rounding of the mean (Chan, Golub and LeVeque, "Algorithms for
 * computing the sample variance", 1983), in compensated sums.
 *
 * @param values at least one, all finite
 */
export function momentsOf(values: Float64Array, work: Work): Moments {
  const { min, max } = extent(values, work)
  if (min === max) return constantMoments(values.length, min)
  const { sum, mean } = sumAndMean(values, min, max, work)
  const unit = unitOf(min, max, mean)
  const frame = { unit, perUnit: 1 / unit, centre: mean / unit, shift: 0 }
  const raw = rawMoments(values, frame, work)
  // The rounding of the mean, seen from the deviations; each power of it is taken out again.
  const shift = raw.m1
  return {
    count: values.length,
    min,
    max,
    sum,
    mean,
    frame: { ...frame, shift },
    m2: Math.max(0, raw.m2 - shift ** 2),
    m3: raw.m3 - 3 * shift * raw.m2 + 2 * shift ** 3,
    m4: Math.max(0, raw.m4 - 4 * shift * raw.m3 + 6 * shift ** 2 * raw.m2 - 3 * shift ** 4),
  }
}

/** Each value's deviation from the mean, in units of the frame. */
export function deviationsOf(values: Float64Array, { frame }: Moments, work: Work): Float64Array {
  const { perUnit, centre, shift } = frame
  const deviations = new Float64Array(values.length)
  for (const [start, end] of chunks(work, values.length)) {
    for (let i = start; i < end; i++) deviations[i] = (values[i] as number) * perUnit - centre - shift
  }
  return deviations
}

function extent(values: Float64Array, work: Work): { min: number; max: number } {
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (const [start, end] of chunks(work, values.length)) {
    for (let i = start; i < end; i++) {
      const value = values[i] as number
      if (value < min) min = value
      if (value > max) max = value
    }
  }
  return { min, max }
}

/** Of a constant the mean is that constant, and nothing is left to rounding. */
function constantMoments(count: number, value: number): Moments {
  const frame = { unit: 1, perUnit: 1, centre: value, shift: 0 }
  return { count, min: value, max: value, sum: value * count, mean: value, frame, m2: 0, m3: 0, m4: 0 }
}

function sumAndMean(values: Float64Array, min: number, max: number, work: Work) {
  const scale = summingScale(values.length, Math.max(-min, max))
  const sum = new CompensatedSum()
  for (const [start, end] of chunks(work, values.length)) {
    for (let i = start; i < end; i++) sum.add((values[i] as number) * scale)
  }
  return { sum: sum.total / scale, mean: clamp(sum.total / values.length / scale, min, max) }
}

/** 1, or the power of two that keeps every partial sum of huge values below the overflow. */
function summingScale(count: number, largest: number): number {
  return largest < Number.MAX_VALUE / (4 * count) ? 1 : 2 ** -(Math.ceil(Math.log2(count)) + 2)
}

/** Bounded so that both the unit and its reciprocal are doubles. */
function unitOf(min: number, max: number, mean: number): number {
  // Halved first: the deviation itself may be beyond the largest double.
  const half = Math.max(max / 2 - mean / 2, mean / 2 - min / 2)
  return 2 ** clamp(Math.floor(Math.log2(half)) + 1, -1021, 1023)
}

/** Moments about the frame's centre: Σdᵏ / n. */
function rawMoments(values: Float64Array, { perUnit, centre }: Frame, work: Work) {
  const first = new CompensatedSum()
  const second = new CompensatedSum()
  const third = new CompensatedSum()
  const fourth = new CompensatedSum()
  for (const [start, end] of chunks(work, values.length)) {
    for (let i = start; i < end; i++) {
      const deviation = (values[i] as number) * perUnit - centre
      const square = deviation * deviation
      first.add(deviation)
      second.add(square)
      third.add(square * deviation)
      fourth.add(square * square)
    }
  }
  const n = values.length
  return { m1: first.total / n, m2: second.total / n, m3: third.total / n, m4: fourth.total / n }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high)
}
