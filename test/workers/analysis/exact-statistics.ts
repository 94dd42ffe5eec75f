/**
 * What the statistics of given doubles are without any rounding: every double is an integer times a
 * power of two, so all sums are exact in BigInt. Only the final quotient or root is rounded.
 */
export function exactStatistics(values: Iterable<number>) {
  const doubles = [...values]
  const shift = commonShift(doubles)
  const integers = doubles.map((value) => BigInt(value * 2 ** shift))
  const n = BigInt(integers.length)
  const sum = integers.reduce((total, x) => total + x, 0n)
  // Deviations times n.
  const deviations = integers.map((x) => n * x - sum)
  const squares = deviations.reduce((total, d) => total + d * d, 0n)
  const lagged = deviations.slice(1).reduce((total, d, i) => total + d * (deviations[i] ?? 0n), 0n)
  const scale = 2 ** -shift
  return {
    mean: quotient(sum, n) * scale,
    variance: quotient(squares, n ** 3n) * scale * scale,
    sampleStandardDeviation: rootOfQuotient(squares, n ** 2n * (n - 1n)) * scale,
    lag1Autocorrelation: quotient(lagged, squares),
  }
}

/** Decimal digits on which two numbers agree: NIST's log relative error, 16 for equal ones. */
export function digits(value: unknown, reference: number): number {
  if (typeof value !== 'number') return Number.NaN
  return value === reference ? 16 : -Math.log10(Math.abs((value - reference) / reference))
}

/** The smallest power of two that makes all of them integers. */
function commonShift(values: readonly number[]): number {
  let shift = 0
  for (const value of values) while (!Number.isInteger(value * 2 ** shift)) shift++
  return shift
}

const GUARD_BITS = 200n

function quotient(numerator: bigint, denominator: bigint): number {
  return Number((numerator << GUARD_BITS) / denominator) / 2 ** Number(GUARD_BITS)
}

function rootOfQuotient(numerator: bigint, denominator: bigint): number {
  return Number(integerRoot((numerator << (2n * GUARD_BITS)) / denominator)) / 2 ** Number(GUARD_BITS)
}

/** Newton's iteration from above. */
function integerRoot(square: bigint): bigint {
  let root = 1n << BigInt(Math.ceil(square.toString(2).length / 2) + 1)
  for (;;) {
    const next = (root + square / root) / 2n
    if (next >= root) return root
    root = next
  }
}
