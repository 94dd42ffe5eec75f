import { expect, test } from 'vitest'
import { bucketOf } from '../../src/observability/duration-buckets.ts'
import { RunCounter } from '../../src/scheduler/run-counter.ts'

const NOTHING = { completed: 0, failed: 0, sumMs: 0, minMs: 0, maxMs: 0, buckets: [] }

test('without runs there is nothing to take', () => {
  expect(new RunCounter().take()).toEqual(NOTHING)
})

test('runs are counted by how they ended, with their times', () => {
  const counter = new RunCounter()
  counter.record(10, 'completed')
  counter.record(40, 'failed')
  counter.record(10, 'completed')
  expect(counter.take()).toEqual({
    completed: 2,
    failed: 1,
    sumMs: 60,
    minMs: 10,
    maxMs: 40,
    buckets: [
      [bucketOf(10), 2],
      [bucketOf(40), 1],
    ],
  })
})

test('what was taken is not given again, and does not change afterwards', () => {
  const counter = new RunCounter()
  counter.record(5, 'completed')
  const taken = counter.take()
  const before = structuredClone(taken)
  expect(counter.take()).toEqual(NOTHING)
  counter.record(500, 'failed')
  expect(taken).toEqual(before)
  expect(counter.take()).toMatchObject({ completed: 0, failed: 1, minMs: 500, maxMs: 500 })
})
