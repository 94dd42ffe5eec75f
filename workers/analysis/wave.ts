import { chunks, type Work } from './chunks.ts'

/** Values between two fresh sines: turning the last one further is faster, but adds up rounding. */
const FRESH_AFTER = 4096

/** A sine that is 0 at every value (two values a cycle) must not take part in the fit. */
const SINGULAR = 1e-12

/**
 * How much of Σ x² the best wave of one frequency accounts for: least squares for
 * a·cos(2πft) + b·sin(2πft), by its normal equations.
 *
 * @param frequency cycles per value, above 0 up to 0.5
 */
export function explainedByWave(signal: Float64Array, frequency: number, work: Work): number {
  const turnCos = Math.cos(2 * Math.PI * frequency)
  const turnSin = Math.sin(2 * Math.PI * frequency)
  const sums = { cc: 0, ss: 0, cs: 0, xc: 0, xs: 0 }
  for (const [start, end] of chunks(work, signal.length, 0, FRESH_AFTER)) {
    const angle = 2 * Math.PI * ((frequency * start) % 1)
    let cos = Math.cos(angle)
    let sin = Math.sin(angle)
    let [cc, ss, cs, xc, xs] = [0, 0, 0, 0, 0]
    for (let t = start; t < end; t++) {
      const x = signal[t] as number
      cc += cos * cos
      ss += sin * sin
      cs += cos * sin
      xc += x * cos
      xs += x * sin
      const nextCos = cos * turnCos - sin * turnSin
      sin = cos * turnSin + sin * turnCos
      cos = nextCos
    }
    sums.cc += cc
    sums.ss += ss
    sums.cs += cs
    sums.xc += xc
    sums.xs += xs
  }
  const { cc, ss, cs, xc, xs } = sums
  const determinant = cc * ss - cs * cs
  if (determinant <= SINGULAR * cc * cc) return (xc * xc) / cc
  return (xc * xc * ss - 2 * xc * xs * cs + xs * xs * cc) / determinant
}
