import { expect, test } from 'vitest'
import { type AdmissionFacts, refusalOf, safeWaitMs } from '../../src/scheduler/admission.ts'

const facts: AdmissionFacts = { hasRoom: true, workAheadMs: 1000, threads: 2, waitLimitMs: 500 }

test('what is expected to start in time may wait', () => {
  expect(refusalOf(facts)).toBeUndefined()
})

test('what is expected to start too late is refused, until so much has been worked off that it would not', () => {
  expect(refusalOf({ ...facts, workAheadMs: 10_000 })).toEqual({
    code: 'WOULD_MISS_DEADLINE',
    expectedWaitMs: 5000,
    retryAfterSeconds: 5,
  })
})

test('what has no room is refused, whatever the wait', () => {
  expect(refusalOf({ ...facts, hasRoom: false })).toEqual({
    code: 'QUEUE_FULL',
    expectedWaitMs: 500,
    retryAfterSeconds: 1,
  })
})

test.each([
  [0, 1],
  [1000, 1],
  [1001, 2],
  [10 ** 9, 60],
])('a wait of %i ms on one thread is told as %i s', (workAheadMs, retryAfterSeconds) => {
  expect(refusalOf({ ...facts, hasRoom: false, threads: 1, workAheadMs })).toMatchObject({
    retryAfterSeconds,
  })
})

test('an expected wait is taken with a margin below the limit', () => {
  expect(safeWaitMs(1000)).toBe(800)
})
