import { chunks, type Work } from './chunks.ts'
import { finite } from './finite.ts'
import { CompensatedSum } from './summation.ts'

const MAX_LAG = 50

/** Short enough that plain sums within it lose nothing that matters; they are added up compensated. */
const TILE = 256

/** Lags computed side by side. Their sums don't wait for each other. */
const LAGS_AT_ONCE = 4

/**
 * The sample autocorrelation r(k) = Σ d(t)·d(t + k) / Σ d(t)² for lags 1 to 50, or to n − 1
 * (NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.5.12; Box and Jenkins 1976). Summed directly:
 * for so few lags transforms would take longer and round more.
 *
 * @param deviations from the mean. Null for fewer than two values and for a constant.
 */
export function autocorrelation(deviations: Float64Array, work: Work) {
  const n = deviations.length
  const maxLag = Math.min(MAX_LAG, n - 1)
  const [whole, ...lagged] = laggedSums(deviations, maxLag, work)
  if (!whole || maxLag < 1) return null
  const coefficients = lagged.map((sum) => finite(sum / whole))
  return {
    maxLag,
    lag1: coefficients[0] ?? null,
    /** From lag 1 on. */
    coefficients,
    /** About 95 % of the coefficients of independent values lie within ± this. */
    whiteNoiseBound: 1.96 / Math.sqrt(n),
  }
}

/** Σ d(t)·d(t + k) for k = 0 … maxLag. */
function laggedSums(deviations: Float64Array, maxLag: number, work: Work): number[] {
  const sums = Array.from({ length: maxLag + LAGS_AT_ONCE }, () => new CompensatedSum())
  // A tile and what follows it, with zeros after the end: so no product needs a check of its bounds.
  const view = new Float64Array(TILE + sums.length)
  for (const [start, end] of chunks(work, deviations.length)) {
    for (let tile = start; tile < end; tile += TILE) {
      const part = deviations.subarray(tile, tile + view.length)
      view.set(part)
      view.fill(0, part.length)
      for (let lag = 0; lag <= maxLag; lag += LAGS_AT_ONCE) addTile(view, lag, sums)
    }
  }
  return sums.slice(0, maxLag + 1).map((sum) => sum.total)
}

/** Each value is read once for four lags: what one lag meets now the next one met a step before. */
function addTile(view: Float64Array, lag: number, sums: readonly CompensatedSum[]): void {
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  let atA = view[lag] as number
  let atB = view[lag + 1] as number
  let atC = view[lag + 2] as number
  for (let t = 0; t < TILE; t++) {
    const value = view[t] as number
    const atD = view[t + lag + 3] as number
    a += value * atA
    b += value * atB
    c += value * atC
    d += value * atD
    atA = atB
    atB = atC
    atC = atD
  }
  sums[lag]?.add(a)
  sums[lag + 1]?.add(b)
  sums[lag + 2]?.add(c)
  sums[lag + 3]?.add(d)
}
