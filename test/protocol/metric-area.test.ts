import { closeSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openBoard } from '../../src/primary/open-board.ts'
import { MetricArea } from '../../src/protocol/metric-area.ts'

let fd: number
beforeEach(() => {
  fd = openBoard().fd
})
afterEach(() => closeSync(fd))

test('series are read as they were written, each with its own cells', () => {
  const area = new MetricArea(fd, 3)
  expect([area.add('first', 2), area.add('second "é"', 1)]).toEqual([0, 2])
  area.writeCells(Float64Array.of(0.5, 7), 1)
  expect(new MetricArea(fd, 3).read()).toEqual([
    { name: 'first', cells: Float64Array.of(0, 0.5) },
    { name: 'second "é"', cells: Float64Array.of(7) },
  ])
})

test('a seat says nothing of its neighbours', () => {
  const [first, second] = [new MetricArea(fd, 0), new MetricArea(fd, 1)]
  first.add('of the first', 1)
  expect(second.read()).toEqual([])
})

test('who sits down where somebody sat before begins at 0', () => {
  const before = new MetricArea(fd, 0)
  before.add('counted', 3)
  before.writeCells(Float64Array.of(1, 2, 3), 0)
  before.clear()
  const after = new MetricArea(fd, 0)
  expect(after.read()).toEqual([])
  after.add('other', 2)
  expect(after.read()).toEqual([{ name: 'other', cells: Float64Array.of(0, 0) }])
})

test('a series that there is no room for is not added, and the others stay', () => {
  const area = new MetricArea(fd, 0)
  expect(area.add('most', 65_000)).toBe(0)
  expect(area.add('too much', 1000)).toBeUndefined()
  expect(area.add('fits', 500)).toBe(65_000)
  expect(area.read().map(({ name }) => name)).toEqual(['most', 'fits'])
})

test('names may take half a megabyte, and no more', () => {
  const area = new MetricArea(fd, 0)
  expect(area.add('n'.repeat(500_000), 1)).toBe(0)
  expect(area.add('n'.repeat(50_000), 1)).toBeUndefined()
})
