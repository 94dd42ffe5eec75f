import { seeded } from '../../test/support/seeded.ts'

/**
 * Milliseconds from each arrival to the next, exponentially distributed: clients that know nothing of each
 * other. The same seed gives the same arrivals, so that every contender meets the same bursts.
 */
export function poissonArrivals(perSecond: number, seed: number): () => number {
  const random = seeded(seed)
  return () => (-Math.log(1 - random()) / perSecond) * 1000
}
