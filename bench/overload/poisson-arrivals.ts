/**
 * Milliseconds from each arrival to the next, exponentially distributed: clients that know nothing of each
 * other. The same seed gives the same arrivals, so that every contender meets the same bursts.
 */
export function poissonArrivals(perSecond: number, seed: number): () => number {
  const random = seededRandom(seed)
  return () => (-Math.log(1 - random()) / perSecond) * 1000
}

/** Mulberry32: numbers from 0 up to 1, good enough for gaps, and short. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
