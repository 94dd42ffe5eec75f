import { describe, expect, test } from 'vitest'
import { bucketOf, durationOf, percentileOf } from '../../src/observability/duration-buckets.ts'
import { exactPercentile, sampleDurations } from './durations.ts'

function bucketed(values: Iterable<number>): Map<number, number> {
  const buckets = new Map<number, number>()
  for (const value of values) buckets.set(bucketOf(value), (buckets.get(bucketOf(value)) ?? 0) + 1)
  return buckets
}

describe('a bucket', () => {
  test('stands for each duration in it within 2.5 %', () => {
    for (let ms = 0.0101; ms < 3.6e6; ms *= 1.003) {
      expect(Math.abs(durationOf(bucketOf(ms)) / ms - 1)).toBeLessThan(0.025)
    }
  })

  test('holds no shorter duration than the one before it', () => {
    for (let ms = 0.001; ms < 1e6; ms *= 1.01) {
      expect(bucketOf(ms * 1.01)).toBeGreaterThanOrEqual(bucketOf(ms))
    }
  })

  test.each([0, 0.0001, 0.01])('0 takes %d ms: shorter is not told apart', (ms) => {
    expect(bucketOf(ms)).toBe(0)
  })
})

describe.each(sampleDurations())('of durations that are $name', ({ values }) => {
  test.each([0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1])('the share of %d is within 2.5 %', (share) => {
    const exact = exactPercentile(values, share)
    expect(Math.abs(percentileOf(bucketed(values), share) / exact - 1)).toBeLessThan(0.025)
  })
})

test('the order in which buckets were first counted does not matter', () => {
  const values = [900, 1, 30, 2]
  expect(percentileOf(bucketed(values), 0.5)).toBe(percentileOf(bucketed(values.toReversed()), 0.5))
})

test('of nothing every percentile is 0', () => {
  expect(percentileOf(new Map(), 0.5)).toBe(0)
})
