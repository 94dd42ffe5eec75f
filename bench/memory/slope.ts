import { linearRegression } from 'simple-statistics'

export interface Sample {
  /** Sent so far. */
  readonly requests: number
  readonly bytes: number
}

/**
 * By how many bytes memory grew with each thousand requests over the last half of the samples: the line that fits them
 * best. Below 0 where it shrank; 0 for fewer than two samples.
 */
export function bytesPer1000(samples: readonly Sample[]): number {
  const half = samples.slice(Math.floor(samples.length / 2))
  if (half.length < 2) return 0
  return linearRegression(half.map(({ requests, bytes }) => [requests / 1000, bytes])).m
}
