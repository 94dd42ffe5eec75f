/** Probability that a standard normal variable is at least as far from 0 as z. Keeps its digits far out. */
export function twoSidedP(z: number): number {
  return complementaryErrorFunction(Math.abs(z) / Math.SQRT2)
}

/** Below, the series loses no more than three digits to 1 − erf; above, the fraction converges fast. */
const SERIES_UP_TO = 2

/** erfc(x) for x ≥ 0. Formula numbers: Abramowitz and Stegun, "Handbook of Mathematical Functions", 1964. */
function complementaryErrorFunction(x: number): number {
  return x < SERIES_UP_TO ? 1 - errorFunctionSeries(x) : errorFractionFromBelow(x)
}

/** 7.1.6: erf(x) = 2/√π · e^(−x²) · Σ 2ᵏ x^(2k+1) / (1 · 3 · … · (2k+1)); all terms are positive. */
function errorFunctionSeries(x: number): number {
  let term = x
  let sum = x
  for (let k = 1; term > sum * Number.EPSILON; k++) {
    term *= (2 * x * x) / (2 * k + 1)
    sum += term
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
}

/** 7.1.14: √π · e^(x²) · erfc(x) = 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …)))), from a depth that is enough at x = 2. */
function errorFractionFromBelow(x: number): number {
  let denominator = x
  for (let k = 120; k >= 1; k--) denominator = x + k / 2 / denominator
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * denominator)
}
