import { expect, test } from 'vitest'
import { Timeline } from '../../src/observability/timeline.ts'

test('a phase ends when the next one begins', () => {
  const timeline = new Timeline(1000)
  timeline.begin('body', timeline.startedAt)
  timeline.end(1010)
  timeline.begin('queue', 1011)
  timeline.begin('run', 1015)
  timeline.endRun(5, 1040)
  expect(timeline.phases).toEqual([
    { name: 'body', startedAt: 1000, endedAt: 1010 },
    { name: 'queue', startedAt: 1011, endedAt: 1015 },
    { name: 'run', startedAt: 1015, endedAt: 1035 },
    { name: 'encode', startedAt: 1035, endedAt: 1040 },
  ])
  expect(timeline.times()).toEqual({ body: 10, queue: 4, run: 20, encode: 5 })
})

test('a run that is tried again is two runs, which are counted and whose times are added up', () => {
  const timeline = new Timeline(0)
  timeline.begin('queue', 0)
  timeline.begin('run', 1)
  timeline.begin('queue', 11)
  expect(timeline.attempts).toBe(1)
  timeline.begin('run', 31)
  expect(timeline.attempts).toBe(2)
  timeline.endRun(0, 36)
  expect(timeline.attempts).toBe(2)
  expect(timeline.times()).toEqual({ queue: 21, run: 15 })
})

test('what has not taken place is absent, and to end nothing changes nothing', () => {
  const timeline = new Timeline()
  timeline.end()
  expect(timeline.times()).toEqual({})
  expect(timeline.attempts).toBe(0)
})

test('a run whose start was seen later than its encoding began took no time, and not less', () => {
  const timeline = new Timeline(0)
  timeline.begin('queue', 0)
  timeline.begin('run', 50)
  timeline.endRun(20, 51)
  expect(timeline.times()).toEqual({ queue: 50, run: 0, encode: 1 })
})
