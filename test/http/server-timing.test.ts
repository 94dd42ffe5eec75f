import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import request from 'supertest'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sharedThreads, startTestApp, type TestApp } from '../support/test-app.ts'
import { TestServer } from '../support/test-server.ts'
import { until } from '../support/until.ts'

/* One thread, so that a second request waits. */
const threads = sharedThreads()
let own: TestApp
beforeEach(async () => {
  own = await threads.startApp()
})
afterEach(() => own[Symbol.asyncDispose]())

const post = (task: string, input: object = {}) => request(own.app).post(`/api/tasks/${task}`).send(input)

/** The phases with their times, in the order in which the header has them. */
function timesOf({ headers }: request.Response): Record<string, number> {
  const metrics = String(headers['server-timing']).split(', ')
  const parsed = metrics.map((metric) => /^([a-z]+);dur=(\d+(?:\.\d{1,2})?)$/.exec(metric))
  return Object.fromEntries(parsed.map((match) => [match?.[1] ?? '', Number(match?.[2])]))
}

/** What the log lines of requests have of times, the newest last. */
const logged = () =>
  own.lines
    .filter(({ msg }) => msg === 'request' || msg === 'request cut off')
    .map(({ bodyMs, queueMs, runMs, encodeMs }) => ({ bodyMs, queueMs, runMs, encodeMs }))

async function withBusyThread(ms: number, work: () => Promise<void>): Promise<void> {
  const busy = (async () => post('busy', { ms }))()
  await until('the thread to be busy', () => own.scheduler.running === 1)
  await work()
  await busy
}

test('an answer tells its phases in order, and the log line has the same', async () => {
  const response = await post('busy', { ms: 30 }).expect(200)
  const times = timesOf(response)
  expect(Object.keys(times)).toEqual(['body', 'queue', 'run', 'encode'])
  expect(times.run).toBeGreaterThanOrEqual(30)
  const { body, queue, run, encode } = times
  expect(logged()).toEqual([{ bodyMs: body, queueMs: queue, runMs: run, encodeMs: encode }])
})

test('the phases are no longer than the request', async () => {
  await post('busy', { ms: 30 }).expect(200)
  const [{ bodyMs = 0, queueMs = 0, runMs = 0, encodeMs = 0, durationMs = 0 } = {}] = own.lines as Record<
    string,
    number
  >[]
  // Each is rounded.
  expect(bodyMs + queueMs + runMs + encodeMs).toBeLessThanOrEqual(durationMs + 0.05)
})

describe('an error tells what has taken place', () => {
  test('of a run that was stopped for its time: no encoding', async () => {
    const times = timesOf(await post('until-aborted', { how: 'loop' }).expect(504))
    expect(Object.keys(times)).toEqual(['body', 'queue', 'run'])
    expect(times.run).toBeGreaterThanOrEqual(290)
  })

  test('of a task that refused its input, or returned what cannot be encoded', async () => {
    for (const [task, input, status] of [
      ['echo', { massage: 'x' }, 422],
      ['outputs', { kind: 'bigint' }, 500],
    ] as const) {
      const times = timesOf(await post(task, input).expect(status))
      expect(Object.keys(times)).toEqual(['body', 'queue', 'run'])
    }
  })

  test('of a thread that died', async () => {
    const times = timesOf(await post('crash', { how: 'exit' }).expect(500))
    expect(Object.keys(times)).toEqual(['body', 'queue', 'run'])
  })

  test('of a request that waited in vain: it was never run', async () => {
    await withBusyThread(1000, async () => {
      const response = await post('echo', { message: 'x' }).set('X-Timeout-Ms', '200').expect(503)
      expect(response.body.code).toBe('QUEUE_TIMEOUT')
      const times = timesOf(response)
      expect(Object.keys(times)).toEqual(['body', 'queue'])
      expect(times.queue).toBeGreaterThan(0)
    })
  })

  test('of a request that was refused by its headers: nothing', async () => {
    for (const refused of [
      post('nowhere').expect(404),
      post('echo').set('Accept', 'image/png').expect(406),
      request(own.app).post('/api/tasks/echo').type('text/csv').send('a').expect(415),
      request(own.app).get('/livez').expect(200),
    ]) {
      expect((await refused).headers).not.toHaveProperty('server-timing')
    }
    expect(logged()).toEqual([{}, {}, {}, {}])
  })

  test('of a body that was too long: what had come of it', async () => {
    await using small = await startTestApp({ OFFLOOP_THREADS: '1', OFFLOOP_MAX_BODY_BYTES: '1000' })
    const chunked = request(small.app).post('/api/tasks/echo').set('Transfer-Encoding', 'chunked')
    chunked.set('Content-Type', 'application/json')
    chunked.write(JSON.stringify({ message: 'x'.repeat(2000) }))
    const response = await chunked.expect(413)
    expect(Object.keys(timesOf(response))).toEqual(['body'])
  })
})

describe('a caller that has gone', () => {
  const message = (task: string, body: string, length = body.length) =>
    `POST /api/tasks/${task} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`
  const cutOff = () => until('the log line', () => own.lines.find(({ msg }) => msg === 'request cut off'))

  test('while its task ran has a log line that says for how long', async () => {
    await using server = await TestServer.start(own)
    server.open(message('busy', '{"ms":5000}'))
    await until('the task to run', () => own.scheduler.running === 1)
    server.closeClients()
    expect(await cutOff()).toMatchObject({
      status: 499,
      bodyMs: expect.any(Number),
      queueMs: expect.any(Number),
      runMs: expect.any(Number),
    })
  })

  test('while it waited: for how long it waited', async () => {
    await using server = await TestServer.start(own)
    await withBusyThread(500, async () => {
      server.open(message('echo', '{"message":"x"}'))
      await until('it to wait', () => own.scheduler.queued === 1)
      server.closeClients()
      const line = await cutOff()
      expect(line).toMatchObject({ bodyMs: expect.any(Number), queueMs: expect.any(Number) })
      expect(line).not.toHaveProperty('runMs')
    })
  })

  test('within its body: for how long it sent', async () => {
    await using server = await TestServer.start(own)
    server.open(message('echo', '{', 100))
    await until('the body to be read', () => own.scheduler.memory.usedBytes > 0)
    server.closeClients()
    const line = await cutOff()
    expect(line).toMatchObject({ bodyMs: expect.any(Number) })
    expect(line).not.toHaveProperty('queueMs')
  })
})

test('attempts count together, and what was between them as waiting', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'offloop-times-'))
  try {
    const times = timesOf(await post('dies-first', { file: join(dir, 'x'), times: 1, text: '' }).expect(200))
    expect(Object.keys(times)).toEqual(['body', 'queue', 'run', 'encode'])
    // The thread that took the place of the first one had to start.
    expect(times.queue).toBeGreaterThan(1)
  } finally {
    await rm(dir, { recursive: true })
  }
})
