import { once } from 'node:events'
import { Worker as NodeThread } from 'node:worker_threads'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { countedMetrics } from '../../src/observability/metrics/metric-table.ts'
import { ThreadSampler } from '../../src/scheduler/thread-sampler.ts'
import { Counted } from '../support/counted.ts'
import { until } from '../support/until.ts'

let counted: Counted
let sampler: ThreadSampler
let thread: NodeThread
beforeEach(async () => {
  counted = new Counted()
  sampler = new ThreadSampler(counted.meters, '1')
  thread = new NodeThread(
    "const { parentPort } = require('node:worker_threads'); parentPort.on('message', () => { for (;;); })",
    { eval: true },
  )
  await once(thread, 'online')
})
afterEach(() => thread.terminate())

const cpuSeconds = () => counted.value(countedMetrics.threadCpu, ['1', '0']) ?? 0
const activeSeconds = () => counted.value(countedMetrics.threadActive, ['1', '0']) ?? 0

test('a thread that loops for ever is busy, and tells its CPU time and its heap all the same', async () => {
  expect(sampler.of(thread)).toEqual({ utilization: 0, heapUsedBytes: null })
  thread.postMessage('loop')
  await until('half a second of CPU time', () => {
    sampler.sample(thread, 0)
    return cpuSeconds() > 0.5 && activeSeconds() > 0.5
  })
  const { utilization, heapUsedBytes } = sampler.of(thread)
  expect(utilization).toBeGreaterThan(0.5)
  expect(heapUsedBytes).toBeGreaterThan(100_000)
})

test('CPU time is counted once, however often the thread is asked before it answers', async () => {
  for (let looks = 0; looks < 50; looks++) sampler.sample(thread, 0)
  await until('its answer', () => cpuSeconds() > 0)
  const { user, system } = await thread.cpuUsage()
  expect(cpuSeconds()).toBeLessThanOrEqual((user + system) / 1e6)
})

test('the time of a thread that waits never falls', async () => {
  let before = 0
  for (let looks = 0; looks < 50; looks++) {
    sampler.sample(thread, 0)
    // Meters write at the end of the turn.
    await new Promise((resolve) => setImmediate(resolve))
    expect(activeSeconds()).toBeGreaterThanOrEqual(before)
    before = activeSeconds()
  }
})

test('a thread that is looked at before it runs tells of itself once it does', async () => {
  await using starting = new NodeThread('setInterval(() => {}, 1000)', { eval: true })
  sampler.sample(starting, 0)
  await until('its heap', () => {
    sampler.sample(starting, 0)
    return sampler.of(starting).heapUsedBytes !== null
  })
})

test('a thread that has ended keeps its time, and is not waited for', async () => {
  await until('its time', () => {
    sampler.sample(thread, 0)
    return activeSeconds() > 0
  })
  const before = activeSeconds()
  await thread.terminate()
  sampler.sample(thread, 0)
  await new Promise((resolve) => setImmediate(resolve))
  expect(activeSeconds()).toBeGreaterThanOrEqual(before)
})
