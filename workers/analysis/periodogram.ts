import { chunks, type Work } from './chunks.ts'
import { realPowerSpectrum } from './fft.ts'
import { finite } from './finite.ts'
import { explainedByWave } from './wave.ts'

/** Fewer values fit some wave whatever they are. */
const MIN_VALUES = 8

/** Longer series are cut into segments of at most this length: memory stays that of a million values. */
const MAX_SEGMENT = 2 ** 20

/** A residual this small beside the whole (as sums of squares) is the rounding of a perfect line. */
const ROUNDING = 1e-24

/**
 * The strongest period of a series without its linear trend: the highest point of the periodogram
 * (Schuster 1898), padded with zeros to at least twice the length so that its grid is fine enough,
 * then refined by a parabola through the neighbours of the peak. Series of more than 1,048,576 values
 * are cut into equal segments and the periodograms added (Bartlett 1948).
 *
 * Looks at periods from 2 values to half of the length (of a segment). Null for fewer than eight
 * values, and where nothing is left beside the trend.
 *
 * @param deviations from the mean
 * @param slope of the linear trend, per step, in the same units
 */
export function dominantPeriod(deviations: Float64Array, slope: number, work: Work) {
  const n = deviations.length
  const residuals = withoutTrend(deviations, slope, work)
  const whole = sumOfSquares(residuals, work)
  if (n < MIN_VALUES || whole <= ROUNDING * sumOfSquares(deviations, work)) return null
  const segments = equalSegments(residuals)
  const { power, lowest } = addedPeriodogram(segments, work)
  const frequency = peak(power, lowest) / (2 * (power.length - 1))
  const explained = segments.reduce((sum, segment) => sum + explainedByWave(segment, frequency, work), 0)
  const strength = Math.min(1, explained / whole)
  return {
    period: finite(1 / frequency),
    frequency: finite(frequency),
    strength: finite(strength),
    p: finite(Math.min(1, (power.length - lowest) * whiteNoiseTail(strength, n, segments.length))),
  }
}

function withoutTrend(deviations: Float64Array, slope: number, work: Work): Float64Array {
  const residuals = new Float64Array(deviations.length)
  const middle = (deviations.length - 1) / 2
  for (const [start, end] of chunks(work, deviations.length)) {
    for (let i = start; i < end; i++) residuals[i] = (deviations[i] as number) - slope * (i - middle)
  }
  return residuals
}

function sumOfSquares(values: Float64Array, work: Work): number {
  let sum = 0
  for (const [start, end] of chunks(work, values.length)) {
    for (let i = start; i < end; i++) sum += (values[i] as number) ** 2
  }
  return sum
}

/** Where the length cannot be divided, a few values at the end are left out. */
function equalSegments(values: Float64Array): Float64Array[] {
  const count = Math.ceil(values.length / MAX_SEGMENT)
  const length = Math.floor(values.length / count)
  return Array.from({ length: count }, (_, i) => values.subarray(i * length, (i + 1) * length))
}

/** @returns the power at k / N for k = 0 … N/2, and the first k with two whole cycles in a segment */
function addedPeriodogram(segments: readonly Float64Array[], work: Work) {
  const length = segments[0]?.length ?? 0
  const size = 2 ** Math.ceil(Math.log2(2 * length))
  const total = new Float64Array(size / 2 + 1)
  for (const segment of segments) {
    const { even, odd } = padded(segment, size)
    const power = realPowerSpectrum(even, odd, work)
    for (let k = 0; k < power.length; k++) total[k] = (total[k] as number) + (power[k] as number)
  }
  return { power: total, lowest: Math.ceil((2 * size) / length) }
}

function padded(segment: Float64Array, size: number) {
  const even = new Float64Array(size / 2)
  const odd = new Float64Array(size / 2)
  for (let t = 0; t < segment.length; t++) (t % 2 === 0 ? even : odd)[t >> 1] = segment[t] as number
  return { even, odd }
}

/** Place of the highest power from `lowest` on, as a fraction of steps. */
function peak(power: Float64Array, lowest: number): number {
  let highest = lowest
  for (let k = lowest; k < power.length; k++) {
    if ((power[k] as number) > (power[highest] as number)) highest = k
  }
  const before = power[highest - 1] as number
  const top = power[highest] as number
  // Beyond half a cycle per value the spectrum is its own mirror image.
  const after = power[highest + 1] ?? before
  const bend = before - 2 * top + after
  // At the low end the highest point can be the slope of something slower, and no peak.
  return before <= top && bend < 0 ? highest + (before - after) / (2 * bend) : highest
}

/**
 * Probability that independent normal values give this strength at one given frequency: Fisher's
 * (1 − g)^(m − 1) (1929), or for added periodograms the tail of a sum of exponentials (Erlang).
 */
function whiteNoiseTail(strength: number, n: number, segments: number): number {
  if (segments === 1) return (1 - strength) ** (Math.floor((n - 1) / 2) - 1)
  const power = (strength * n) / 2
  let term = Math.exp(-power)
  let tail = term
  for (let j = 1; j < segments; j++) {
    term *= power / j
    tail += term
  }
  return tail
}
