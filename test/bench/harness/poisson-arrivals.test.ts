import { expect, test } from 'vitest'
import { poissonArrivals } from '../../../bench/harness/poisson-arrivals.ts'

const gaps = (perSecond: number, seed: number, count: number) => {
  const next = poissonArrivals(perSecond, seed)
  return Array.from({ length: count }, () => next())
}
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

test('the same seed gives the same arrivals, another seed others', () => {
  expect(gaps(100, 1, 50)).toEqual(gaps(100, 1, 50))
  expect(gaps(100, 1, 50)).not.toEqual(gaps(100, 2, 50))
})

test('arrivals come as often as they are to', () => {
  expect(mean(gaps(200, 1, 20_000))).toBeCloseTo(5, 0)
})

test('gaps are spread as those of clients that know nothing of each other: their deviation is their mean', () => {
  const values = gaps(100, 3, 20_000)
  const middle = mean(values)
  const deviation = Math.sqrt(mean(values.map((value) => (value - middle) ** 2)))
  expect(deviation / middle).toBeGreaterThan(0.95)
  expect(deviation / middle).toBeLessThan(1.05)
})
