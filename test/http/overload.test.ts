import request from 'supertest'
import { expect, test } from 'vitest'
import { sharedThreads, startTestApp, type TestApp } from '../support/test-app.ts'
import { until } from '../support/until.ts'

/*
 * What callers are told when there is more to do than threads: the real application on real threads.
 */

const threads = sharedThreads()

/** Occupies the only thread for a while. */
async function occupy({ app, scheduler }: TestApp, ms: number): Promise<{ done: Promise<unknown> }> {
  const done = (async () => {
    await request(app).post('/api/tasks/busy').send({ ms }).expect(200)
  })()
  await until('the task to run', () => scheduler.running === 1)
  return { done }
}

test('a client that waits for so long and no longer is told in time', async () => {
  await using own = await threads.startApp()
  const { done } = await occupy(own, 400)
  const { body } = await request(own.app)
    .post('/api/tasks/echo')
    .set('X-Timeout-Ms', '50')
    .send({ message: 'x' })
    .expect(503)
    .expect('Retry-After', '1')
  expect(body).toMatchObject({ code: 'QUEUE_TIMEOUT', success: false })
  await done
  await request(own.app).post('/api/tasks/forever').set('X-Timeout-Ms', '100').send({}).expect(504)
})

test('a patience that is not a number is refused', async () => {
  await using own = await threads.startApp()
  const { body } = await request(own.app)
    .post('/api/tasks/echo')
    .set('X-Timeout-Ms', 'soon')
    .send({ message: 'x' })
    .expect(400)
  expect(body).toMatchObject({ code: 'TIMEOUT_INVALID', detail: expect.stringContaining('"soon"') })
})

test('bodies that wait hold no more memory than they may; it is free again when they run', async () => {
  await using own = await threads.startApp({ OFFLOOP_QUEUE_MAX_BYTES: '100000' })
  const { done } = await occupy(own, 400)
  const send = (bytes: number) =>
    request(own.app)
      .post('/api/tasks/echo')
      .send({ message: 'x'.repeat(bytes) })
  const waiting = (async () => {
    await send(60_000).expect(200)
  })()
  await until('the first body to wait', () => own.scheduler.queued === 1)
  expect((await send(60_000).expect(503)).body).toMatchObject({ code: 'QUEUE_FULL' })
  await Promise.all([done, waiting])
  expect(own.scheduler.memory.usedBytes).toBe(0)
  await send(60_000).expect(200)
})

test('the memory of a body without a length is bounded too', async () => {
  await using own = await threads.startApp({ OFFLOOP_QUEUE_MAX_BYTES: '1000' })
  const chunked = request(own.app).post('/api/tasks/echo').set('Transfer-Encoding', 'chunked')
  chunked.set('Content-Type', 'application/json').write(JSON.stringify({ message: 'x'.repeat(2000) }))
  expect((await chunked).status).toBe(503)
  expect(own.scheduler.memory.usedBytes).toBe(0)
})

test('the operator’s limits of a task replace its own, and a task that there is not is refused', async () => {
  await using own = await startTestApp({
    OFFLOOP_THREADS: '1',
    OFFLOOP_TASK_LIMITS: '{"forever":{"timeMs":100},"echo":{"queueTimeoutMs":7,"maxConcurrency":1}}',
  })
  await request(own.app).post('/api/tasks/forever').send({}).expect(504)
  const { body } = await request(own.app).get('/api/tasks')
  const echo = body.tasks.find(({ name }: { name: string }) => name === 'echo')
  expect(echo).toMatchObject({ maxConcurrency: 1, limits: { queueTimeoutMs: 7 } })
  await expect(startTestApp({ OFFLOOP_TASK_LIMITS: '{"ehco":{"timeMs":1}}' })).rejects.toThrow(
    /^Cannot use OFFLOOP_TASK_LIMITS: expected the names of tasks \(.*echo.*\), got "ehco"$/,
  )
})
