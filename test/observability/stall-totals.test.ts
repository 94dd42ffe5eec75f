import { expect, test } from 'vitest'
import { NO_STALLS, StallTotals } from '../../src/observability/stall-totals.ts'

const at = (second: number) => new Date(second * 1000).toISOString()

test('stalls are added up by place, the one that took most first', () => {
  const totals = new StallTotals()
  totals.add({ ms: 100, at: at(1), where: 'a (a.ts:1:1)' })
  totals.add({ ms: 300, at: at(2), where: 'b (b.ts:1:1)' })
  totals.add({ ms: 150, at: at(3), where: 'a (a.ts:1:1)' })
  expect(totals.summary()).toEqual({
    ...NO_STALLS,
    count: 3,
    totalMs: 550,
    longestMs: 300,
    last: { at: at(3), ms: 150, where: 'a (a.ts:1:1)' },
    places: [
      { where: 'b (b.ts:1:1)', count: 1, totalMs: 300, longestMs: 300, lastAt: at(2) },
      { where: 'a (a.ts:1:1)', count: 2, totalMs: 250, longestMs: 150, lastAt: at(3) },
    ],
  })
})

test('lines of one function are one place, functions without a name are not', () => {
  const totals = new StallTotals()
  for (const line of [1, 2]) {
    totals.add({ ms: 100, at: at(line), where: `spin (a.ts:${line}:9)` })
    totals.add({ ms: 70, at: at(line), where: `Server.<anonymous> (b.ts:${line}:9)` })
  }
  expect(totals.summary().places.map(({ where, totalMs }) => [where, totalMs])).toEqual([
    ['spin (a.ts:2:9)', 200],
    ['Server.<anonymous> (b.ts:1:9)', 70],
    ['Server.<anonymous> (b.ts:2:9)', 70],
  ])
})

test('a stall whose place is not known counts all the same', () => {
  const totals = new StallTotals()
  totals.add({ ms: 80, at: at(1), where: undefined })
  expect(totals.summary()).toMatchObject({
    count: 1,
    totalMs: 80,
    last: null,
    places: [],
    unknown: { count: 1, totalMs: 80, longestMs: 80, lastAt: at(1) },
  })
})

test('twenty places are told, and nothing of the others is lost, however many there are', () => {
  const totals = new StallTotals()
  for (let place = 1; place <= 1000; place += 1) {
    totals.add({ ms: place, at: at(place), where: `f${place} (a.ts:1:1)` })
  }
  const { places, other, count, totalMs } = totals.summary()
  expect(places.map(({ totalMs: ms }) => ms)).toEqual(Array.from({ length: 20 }, (_, index) => 1000 - index))
  expect(other).toMatchObject({ count: 980, longestMs: 980 })
  expect({ count, totalMs }).toEqual({ count: 1000, totalMs: 500_500 })
})

test('what several event loops had is added up', () => {
  const [one, other, sum] = [new StallTotals(), new StallTotals(), new StallTotals()]
  one.add({ ms: 100, at: at(5), where: 'a (a.ts:1:1)' })
  one.add({ ms: 60, at: at(6), where: undefined })
  other.add({ ms: 200, at: at(4), where: 'a (a.ts:3:1)' })
  sum.merge(one.summary())
  sum.merge(other.summary())
  expect(sum.summary()).toMatchObject({
    count: 3,
    totalMs: 360,
    longestMs: 200,
    last: { at: at(5), ms: 100 },
    places: [{ where: 'a (a.ts:1:1)', count: 2, totalMs: 300, longestMs: 200, lastAt: at(5) }],
    unknown: { count: 1 },
  })
})
