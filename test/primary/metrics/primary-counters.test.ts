import { expect, test } from 'vitest'
import { PrimaryCounters } from '../../../src/primary/metrics/primary-counters.ts'
import { exitReasons } from '../../../src/protocol/operators-api.ts'

test('every reason can be seen from the start, at 0', () => {
  const counters = new PrimaryCounters()
  counters.addSlot(0)
  expect(counters.exits).toEqual(exitReasons.map((reason) => [['0', reason], 0]))
  expect(counters.reloads).toEqual([
    [['reloaded'], 0],
    [['failed'], 0],
  ])
})

test('a slot that comes back goes on from its counts', () => {
  const counters = new PrimaryCounters()
  counters.addSlot(1)
  counters.countExit(1, 'crash')
  counters.countExit(1, 'crash')
  counters.addSlot(1)
  counters.countReload('failed')
  expect(counters.exits).toContainEqual([['1', 'crash'], 2])
  expect(counters.reloads).toContainEqual([['failed'], 1])
})
