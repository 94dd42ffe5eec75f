import { expect, test } from 'vitest'
import { bulkheadAllows, threadsOf } from '../../src/scheduler/bulkhead.ts'

const idle = { threads: 4, ofTask: 0, ofBatch: 0 }
const none = { maxConcurrency: undefined, reservedThreads: 0 }

test('a task without a limit may hold every thread', () => {
  expect(bulkheadAllows('interactive', { ...idle, ofTask: 3 }, none)).toBe(true)
})

test('a task with a limit may hold so many threads and no more', () => {
  const limits = { ...none, maxConcurrency: 2 }
  expect(bulkheadAllows('interactive', { ...idle, ofTask: 1 }, limits)).toBe(true)
  expect(bulkheadAllows('interactive', { ...idle, ofTask: 2 }, limits)).toBe(false)
})

test('batch work leaves the reserved threads free; interactive work does not care', () => {
  const limits = { ...none, reservedThreads: 1 }
  expect(bulkheadAllows('batch', { ...idle, ofBatch: 2 }, limits)).toBe(true)
  expect(bulkheadAllows('batch', { ...idle, ofBatch: 3 }, limits)).toBe(false)
  expect(bulkheadAllows('interactive', { ...idle, ofBatch: 3 }, limits)).toBe(true)
})

test('batch work has one thread even where all are reserved', () => {
  const one = { threads: 1, ofTask: 0, ofBatch: 0 }
  expect(bulkheadAllows('batch', one, { ...none, reservedThreads: 4 })).toBe(true)
})

test.each([
  [0.5, 4, 2],
  [0.5, 3, 1],
  [0.1, 4, 1],
  [2, 4, 2],
  [8, 4, 4],
])('a limit of %d on %i threads is %i', (maxConcurrency, threads, expected) => {
  expect(threadsOf(maxConcurrency, threads)).toBe(expected)
})
