import { expect, test } from 'vitest'
import { percentiles } from '../../../bench/harness/percentiles.ts'

test('percentiles are values that occurred, by the nearest rank', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index)
  expect(percentiles(values)).toEqual({ p50: 50, p90: 90, p99: 99, longest: 100 })
})

test('one value is all of them', () => {
  expect(percentiles([7])).toEqual({ p50: 7, p90: 7, p99: 7, longest: 7 })
})

test('no values are 0', () => {
  expect(percentiles([])).toEqual({ p50: 0, p90: 0, p99: 0, longest: 0 })
})

test('numbers are not sorted as texts, and the list stays as it is', () => {
  const values = [10, 9, 100]
  expect(percentiles(values).p50).toBe(10)
  expect(values).toEqual([10, 9, 100])
})
