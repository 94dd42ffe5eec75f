import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import request from 'supertest'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { countedMetrics } from '../../src/observability/metrics/metric-table.ts'
import type { CatalogueEntry } from '../../src/protocol/thread-messages.ts'
import { someTrace } from '../support/some-trace.ts'
import { sharedThreads, type TestApp } from '../support/test-app.ts'
import { until } from '../support/until.ts'

/*
 * Runs whose threads die under them: the real application on real threads.
 */
const threads = sharedThreads()
let own: TestApp
let dir: string
beforeEach(async () => {
  own = await threads.startApp()
  dir = await mkdtemp(join(tmpdir(), 'offloop-retry-'))
})
afterEach(async () => {
  await own[Symbol.asyncDispose]()
  await rm(dir, { recursive: true })
})

const diesFirst = (times: number, text = 'kept') =>
  request(own.app)
    .post('/api/tasks/dies-first')
    .send({ file: join(dir, `${times}`), times, text })

test('a task that is idempotent is run again with its input when its thread has died under it', async () => {
  const text = 'ä'.repeat(100_000)
  const { body } = await diesFirst(2, text).expect(200)
  expect(body).toMatchObject({ runs: 3, text })
  expect(own.lines).toContainEqual(expect.objectContaining({ task: 'dies-first', attempts: 3, status: 200 }))
  expect(own.scheduler.memory.usedBytes).toBe(0)
  expect(own.counted.value(countedMetrics.taskRetries, ['dies-first'])).toBe(2)
})

test('so it is with a body without a length', async () => {
  const chunked = request(own.app).post('/api/tasks/dies-first').set('Transfer-Encoding', 'chunked')
  chunked.set('Content-Type', 'application/json')
  chunked.write(JSON.stringify({ file: join(dir, 'chunked'), times: 1, text: 'x'.repeat(300_000) }))
  const { body } = await chunked
  expect(body).toMatchObject({ runs: 2, text: 'x'.repeat(300_000) })
})

test('after the last attempt its caller is told', async () => {
  const { body } = await diesFirst(9).expect(500)
  expect(body.code).toBe('TASK_CRASHED')
})

test('in an outage nothing is tried again', async () => {
  for (let run = 0; run < 2; run++) await diesFirst(9).expect(500)
  await diesFirst(1).expect(500)
})

test('a caller that goes in the pause before another attempt counts as gone, and there is none', async () => {
  const { scheduler, counted } = own
  const task = own.pool.catalogue.find(({ name }) => name === 'dies-first')
  const retry = { attempts: 1, baseDelayMs: 60_000, maxDelayMs: 60_000, onTimeout: false }
  vi.spyOn(Math, 'random').mockReturnValue(0.01)
  onTestFinished(() => void vi.restoreAllMocks())
  const caller = new AbortController()
  const input = JSON.stringify({ file: join(dir, 'pause'), times: 9, text: 'x' })
  const submission = {
    ...someTrace,
    requestId: 'r1',
    body: new TextEncoder().encode(input).buffer,
    contentType: 'application/json',
    contentEncoding: undefined,
    accept: undefined,
    query: '',
  }
  const asking = { signal: caller.signal, client: 'c' }
  const run = scheduler.run({ ...(task as CatalogueEntry), retry }, submission, asking)
  await until('the first attempt to have died', () => scheduler.runCounter.take().failed === 1)
  caller.abort(new Error('gone'))
  await expect(run).rejects.toThrow('gone')
  expect(scheduler.cancellations.counts['caller-gone'].queued).toBe(1)
  expect(counted.value(countedMetrics.taskRetries, ['dies-first'])).toBeUndefined()
})

test('a task that is not idempotent is run once', async () => {
  await request(own.app).post('/api/tasks/crash').send({ how: 'exit' }).expect(500)
  expect(own.lines.some((line) => 'attempts' in line)).toBe(false)
})
