import request from 'supertest'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sharedThreads, type TestApp } from '../support/test-app.ts'
import { until } from '../support/until.ts'

/*
 * Inputs that threads die of: the real application on real threads. What the primary makes of it is in
 * test/primary/quarantine.test.ts, and all of it together in test/system/quarantine.test.ts.
 */
// A small heap is soon full.
const threads = sharedThreads({
  OFFLOOP_THREADS: '1',
  OFFLOOP_THREAD_MAX_HEAP_BYTES: String(64 * 2 ** 20),
})
let own: TestApp
beforeEach(async () => {
  own = await threads.startApp()
})
afterEach(() => own[Symbol.asyncDispose]())

const crash = (how: string) => request(own.app).post('/api/tasks/crash').send({ how })

test.each([
  ['exit', 'thread-exit'],
  ['uncaught', 'uncaught-error'],
  ['heap', 'out-of-memory'],
])('the primary is told of an input that has ended its thread by %s', async (way, how) => {
  await crash(way).set('X-Request-Id', 'r1').expect(500)
  expect(own.told).toEqual([
    {
      type: 'input-death',
      task: 'crash',
      requestId: 'r1',
      how,
      fingerprint: expect.stringMatching(/^[\da-f]{32}$/),
    },
  ])
})

test('it is told nothing of an error that a task threw, nor of a time limit', async () => {
  await crash('throw').expect(500)
  await request(own.app).post('/api/tasks/forever').expect(504)
  await until('the thread', () => own.pool.freeThreads() === 1)
  expect(own.told).toEqual([])
})

test('what the primary has put into quarantine is refused, and nothing else', async () => {
  await crash('exit').expect(500)
  const [death] = own.told
  const fingerprint = death?.fingerprint ?? ''
  const untilMs = Date.now() + 60_000
  own.inputs.learn([{ task: 'crash', fingerprint, until: untilMs }])

  const { body, headers } = await crash('exit').expect(422)
  expect(body).toMatchObject({
    code: 'INPUT_QUARANTINED',
    success: false,
    until: new Date(untilMs).toISOString(),
    retryAfterSeconds: expect.any(Number),
  })
  expect(headers['retry-after']).toBe(String(body.retryAfterSeconds))
  expect(own.inputs.takeRefusals()).toEqual([[fingerprint, 1]])
  expect((await crash('throw').expect(500)).body.code).toBe('TASK_FAILED')
  expect(own.told).toHaveLength(1)
})
