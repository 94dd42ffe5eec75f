import { expect, test } from 'vitest'
import {
  bestOf,
  bestOverall,
  smallestForAll,
  smallestNearBest,
  worstShareOf,
} from '../../../bench/scaling/choice.ts'

const measured = (name: string, perSecond: number, residentBytes: number) => ({
  name,
  perSecond,
  residentBytes,
})
const hash = [measured('small', 96, 1), measured('middle', 98, 2), measured('large', 100, 3)]
const images = [measured('small', 50, 1), measured('middle', 99, 2), measured('large', 97, 3)]

test('the best has the most answers a second', () => {
  expect(bestOf(hash).name).toBe('large')
})

test('the smallest near the best needs the least memory of those within five per cent', () => {
  expect(smallestNearBest(hash).name).toBe('small')
  expect(smallestNearBest(images).name).toBe('middle')
})

test('the smallest for all is near the best in every kind of work', () => {
  expect(smallestForAll([hash, images])?.name).toBe('middle')
})

test('there may be none for all', () => {
  const opposite = [measured('small', 100, 1), measured('middle', 50, 2), measured('large', 50, 3)]
  expect(smallestForAll([images, opposite])).toBeUndefined()
})

test('the best overall is the one whose worst share of the best is the highest', () => {
  expect(bestOverall([hash, images])).toEqual({ name: 'middle', worstShare: 0.98 })
})

test('a combination that was not measured does nothing', () => {
  expect(worstShareOf('huge', [hash])).toBe(0)
})
