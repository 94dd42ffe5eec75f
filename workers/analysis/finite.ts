/** A number as JSON can carry it. */
export type Finite = number | null

/**
 * `null` for what no double can say (an overflow to infinity, an undefined 0 / 0), since JSON has
 * neither NaN nor infinity. Negative zero becomes zero, as `JSON.stringify` would make it anyway.
 */
export function finite(value: number): Finite {
  return Number.isFinite(value) ? value + 0 : null
}

/**
 * The point a fraction of the way from `from` to `to`; both ends are met exactly. Where their
 * difference overflows, each is weighted by itself.
 */
export function between(from: number, to: number, fraction: number): number {
  if (fraction === 0) return from
  if (fraction === 1) return to
  const distance = to - from
  return Number.isFinite(distance) ? from + distance * fraction : from * (1 - fraction) + to * fraction
}

/** Halfway, rounded once. */
export function midpoint(a: number, b: number): number {
  const sum = a + b
  return Number.isFinite(sum) ? sum / 2 : a / 2 + b / 2
}
