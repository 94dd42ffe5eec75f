import { describe, expect, test } from 'vitest'
import { TaskTotals } from '../../src/primary/task-totals.ts'
import type { RunTimes } from '../../src/protocol/operators-api.ts'
import type { RunCounts } from '../../src/protocol/process-messages.ts'
import { RunCounter } from '../../src/scheduler/run-counter.ts'
import { exactPercentile, sampleDurations } from '../observability/durations.ts'

const NONE: RunTimes = { count: 0, failed: 0, min: 0, max: 0, mean: 0, median: 0, p95: 0, p99: 0 }

/** What the heartbeat of a process says after these runs. */
function counts(durations: Iterable<number>, outcome: 'completed' | 'failed' = 'completed'): RunCounts {
  const counter = new RunCounter()
  for (const ms of durations) counter.record(ms, outcome)
  return counter.take()
}

test('before the first run everything is 0', () => {
  const totals = new TaskTotals()
  expect(totals.sinceStart()).toEqual(NONE)
  expect(totals.lastMinute(0)).toEqual(NONE)
  totals.add(counts([]), 1000)
  expect(totals.sinceStart()).toEqual(NONE)
  expect(totals.lastMinute(1000)).toEqual(NONE)
})

describe.each(sampleDurations())('of runs that are $name', ({ values }) => {
  test('percentiles of all processes together are within 2.5 %, and the rest to four digits', () => {
    const totals = new TaskTotals()
    // Four processes, each of which gives its counts away in two portions.
    const portions = Array.from({ length: 8 }, (_, portion) =>
      values.filter((_value, index) => index % 8 === portion),
    )
    for (const [second, portion] of portions.entries()) totals.add(counts(portion), 1000 * second)
    const times = totals.sinceStart()
    expect(totals.lastMinute(8000)).toEqual(times)
    expect(times).toMatchObject({ count: values.length, failed: 0 })
    expect(times.min / Math.min(...values)).toBeCloseTo(1, 3)
    expect(times.max / Math.max(...values)).toBeCloseTo(1, 3)
    expect(times.mean / (values.reduce((sum, ms) => sum + ms, 0) / values.length)).toBeCloseTo(1, 3)
    for (const [share, told] of [
      [0.5, times.median],
      [0.95, times.p95],
      [0.99, times.p99],
    ] as const) {
      expect(Math.abs(told / exactPercentile(values, share) - 1)).toBeLessThan(0.025)
      expect(told).toBeGreaterThanOrEqual(times.min)
      expect(told).toBeLessThanOrEqual(times.max)
    }
  })
})

test('runs that failed are counted among all, and apart', () => {
  const totals = new TaskTotals()
  totals.add(counts([10, 20]), 0)
  totals.add(counts([30], 'failed'), 0)
  expect(totals.sinceStart()).toMatchObject({ count: 3, failed: 1, mean: 20 })
})

describe('the last minute', () => {
  test('forgets second by second, and the sum since the start does not', () => {
    const totals = new TaskTotals()
    totals.add(counts([10]), 500)
    totals.add(counts([1000, 1000]), 30_500)
    expect(totals.lastMinute(59_999)).toMatchObject({ count: 3, min: 10 })
    expect(totals.lastMinute(60_000)).toMatchObject({ count: 2, min: 1000, median: 1000 })
    expect(totals.lastMinute(89_999)).toMatchObject({ count: 2 })
    expect(totals.lastMinute(90_000)).toEqual(NONE)
    expect(totals.sinceStart()).toMatchObject({ count: 3, min: 10, max: 1000 })
  })

  test('is full again after a pause', () => {
    const totals = new TaskTotals()
    totals.add(counts([10]), 0)
    totals.add(counts([20]), 3_600_000)
    expect(totals.lastMinute(3_600_000)).toMatchObject({ count: 1, max: 20 })
  })
})
