import { expect, test } from 'vitest'
import { bytesPer1000 } from '../../../bench/memory/slope.ts'

test('only the last half counts: what was needed at first is no leak', () => {
  const samples = [0, 1, 2, 3, 4, 5, 6, 7].map((index) => ({
    requests: index * 1000,
    bytes: index < 4 ? index * 1_000_000 : 4_000_000 + index * 10,
  }))
  expect(bytesPer1000(samples)).toBeCloseTo(10)
})

test('memory that shrinks has a slope below zero', () => {
  const samples = [1, 2, 3, 4].map((index) => ({ requests: index * 500, bytes: 1000 - index }))
  expect(bytesPer1000(samples)).toBeCloseTo(-2)
})

test('one sample has no slope', () => {
  expect(bytesPer1000([{ requests: 1000, bytes: 5 }])).toBe(0)
})
