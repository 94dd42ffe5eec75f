import { expect, test } from 'vitest'
import { figuresOf, refuseWrongAnswers } from '../../../bench/overload/figures.ts'
import type { Ending, LoadRecord } from '../../../bench/overload/load-job.ts'

const SEEN = { lightMs: [1, 3], lightFailures: 0, peakRssBytes: 50, rssBeforeBytes: 60, recoveredMs: 100 }

const record = (ending: Ending, latencyMs: number, offeredAtMs = 0): LoadRecord => {
  return { offeredAtMs, latenessMs: 0, status: 200, latencyMs, ending }
}
const figures = (...records: LoadRecord[]) => figuresOf(2, { records, cpuShare: 0.1 }, SEEN)

test('endings are counted by the second, those of the warm-up not', () => {
  const warmUp = record('good', 5, -1)
  expect(figures(warmUp, record('good', 5), record('good', 5), record('cut-off', 9))).toMatchObject({
    offeredPerSecond: 1.5,
    goodPerSecond: 1,
    hungUpPerSecond: 0.5,
    refusedPerSecond: 0,
  })
})

test('who was refused or not answered at all was not accepted, who hung up was', () => {
  const all = figures(
    record('good', 10),
    record('cut-off', 1250),
    record('refused', 2),
    record('failed', 5000),
  )
  expect(all).toMatchObject({ acceptedP99Ms: 1250, acceptedP50Ms: 10, refusalP99Ms: 2, failedPerSecond: 0.5 })
})

test('memory was at its peak at least what it was before', () => {
  expect(figures().rssPeakBytes).toBe(60)
})

test('a wrong answer ends the benchmark', () => {
  const wrong = { ...record('failed', 1), code: 'wrong answer' }
  expect(() => refuseWrongAnswers('a', { records: [wrong], cpuShare: 0 })).toThrow(
    '1 answers of a were wrong',
  )
  expect(() => refuseWrongAnswers('a', { records: [record('refused', 1)], cpuShare: 0 })).not.toThrow()
})
