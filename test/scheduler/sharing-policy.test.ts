import { expect, test } from 'vitest'
import { lookIntervalMs, worthSharing } from '../../src/scheduler/sharing-policy.ts'

test('a run is passed on where it would wait longer than the way there takes', () => {
  expect(worthSharing({ expectedWaitMs: 20, bytes: 100 })).toBe(true)
  expect(worthSharing({ expectedWaitMs: 0.5, bytes: 100 })).toBe(false)
})

test('a large body takes longer to pass on', () => {
  expect(worthSharing({ expectedWaitMs: 20, bytes: 30_000_000 })).toBe(false)
  expect(worthSharing({ expectedWaitMs: 200, bytes: 30_000_000 })).toBe(true)
})

test('siblings are looked at more often while runs are short, within bounds', () => {
  expect([0, 80, 160, 60_000].map(lookIntervalMs)).toEqual([4, 10, 20, 50])
})
