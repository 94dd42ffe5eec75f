import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import request from 'supertest'
import { afterEach, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/test-app.ts'
import { until } from '../support/until.ts'

/*
 * Threads that are replaced, on purpose or not, in the real application.
 */
let own: TestApp
afterEach(() => own[Symbol.asyncDispose]())

const NONE = { 'max-runs': 0, memory: 0, crash: 0, 'out-of-memory': 0, terminated: 0 }

const call = (task: string, input: object) => request(own.app).post(`/api/tasks/${task}`).send(input)

const recycled = () => own.lines.filter(({ msg }) => msg === 'recycling a thread')

/** Calls a task again and again, as several clients do that pause in between, until told to stop. */
function steadyLoad(clients: number, pauseMs: number, beforeEach = () => {}) {
  let stopped = false
  const threads = new Set<number>()
  const load = Array.from({ length: clients }, async () => {
    while (!stopped) {
      beforeEach()
      const { body } = await call('busy', { ms: 5 }).expect(200)
      threads.add(body.threadId)
      if (pauseMs > 0) await sleep(pauseMs)
    }
  })
  const stop = async () => {
    stopped = true
    await Promise.all(load)
  }
  return { threads, stop }
}

test('threads are replaced after so many runs, one at a time, and no request fails or is refused', async () => {
  own = await startTestApp({
    OFFLOOP_THREADS: '2',
    OFFLOOP_THREAD_MAX_RUNS: '3',
    OFFLOOP_QUEUE_MAX: '2',
  })
  let fewest = own.pool.size
  const look = () => {
    fewest = Math.min(fewest, own.pool.freeThreads() + own.scheduler.running)
  }
  const load = steadyLoad(2, 10, look)
  await until('several threads to be replaced', () => own.pool.threadRestarts()['max-runs'] >= 6)
  await load.stop()
  expect(recycled()[0]).toMatchObject({
    level: 'info',
    thread: expect.any(Number),
    reason: 'max-runs',
    runs: expect.any(Number),
  })
  expect(load.threads.size).toBeGreaterThanOrEqual(6)
  expect(fewest).toBeGreaterThanOrEqual(1)
  await until('both threads', () => own.pool.freeThreads() === 2)
  expect(own.pool.threadRestarts()).toEqual({ ...NONE, 'max-runs': recycled().length })
})

test('a thread that is never idle is replaced after a while all the same, and nothing is lost', async () => {
  own = await startTestApp({ OFFLOOP_THREADS: '1', OFFLOOP_THREAD_MAX_RUNS: '3' })
  const load = steadyLoad(4, 0)
  await until('a thread to be replaced', () => own.pool.threadRestarts()['max-runs'] >= 1)
  await load.stop()
  expect(recycled()[0]?.runs).toBeGreaterThan(3)
})

test.each(['buffers', 'heap'])('a thread that keeps %s is replaced between two runs', async (of) => {
  own = await startTestApp({ OFFLOOP_THREADS: '1', OFFLOOP_THREAD_RECYCLE_BYTES: String(64 * 2 ** 20) })
  const threads = new Set<number>()
  await until('a thread to be replaced', async () => {
    const { body } = await call('keeps', { mebibytes: 8, of, keep: true }).expect(200)
    threads.add(body.threadId)
    return threads.size > 1
  })
  expect(recycled()).toMatchObject([{ reason: 'memory', keptBytes: expect.any(Number) }])
  expect(recycled()[0]?.keptBytes).toBeGreaterThan(64 * 2 ** 20)
  expect(own.pool.threadRestarts()).toEqual({ ...NONE, memory: 1 })
})

test('a thread that leaves only garbage is not replaced', async () => {
  own = await startTestApp({ OFFLOOP_THREADS: '1', OFFLOOP_THREAD_RECYCLE_BYTES: String(64 * 2 ** 20) })
  for (let run = 0; run < 40; run++) {
    await call('keeps', { mebibytes: 16, of: 'heap', keep: false }).expect(200)
  }
  expect(own.pool.threadRestarts()).toEqual(NONE)
  expect(own.scheduler.threads()[0]).toMatchObject({ runs: 40, keptBytes: expect.any(Number) })
})

test('threads that end otherwise are counted with their reasons, each once', async () => {
  own = await startTestApp({ OFFLOOP_THREADS: '1', OFFLOOP_THREAD_MAX_HEAP_BYTES: String(64 * 2 ** 20) })
  await call('crash', { how: 'exit' }).expect(500)
  await call('crash', { how: 'uncaught' }).expect(500)
  await call('crash', { how: 'heap' }).expect(500)
  await until('a new thread', () => own.pool.freeThreads() === 1)
  await call('forever', {}).set('X-Timeout-Ms', '300').expect(504)
  await until('the last of them', () => own.pool.threadRestarts().terminated === 1)
  expect(own.pool.threadRestarts()).toEqual({ ...NONE, crash: 2, 'out-of-memory': 1, terminated: 1 })
})

test('a task whose file has gone is refused by a new thread with a code of its own, and others run', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'offloop-gone-'))
  try {
    await cp(new URL('../fixtures/plain-tasks', import.meta.url), dir, { recursive: true })
    own = await startTestApp({ OFFLOOP_THREADS: '1', OFFLOOP_TASKS_DIR: dir, OFFLOOP_THREAD_MAX_RUNS: '2' })
    const [first = 0] = own.pool.threadIds()
    await call('plain-esm', {}).expect(200)
    await rm(dir, { recursive: true })
    await call('plain-esm', {}).expect(200)
    await until('another thread', () => own.pool.freeThreads() === 1 && own.pool.threadIds()[0] !== first)
    const { body } = await call('plain-esm', {}).expect(500)
    expect(body.code).toBe('TASK_LOAD_FAILED')
    expect(JSON.stringify(body)).not.toContain(dir)
    expect(own.lines.find(({ code, stack }) => code === 'TASK_LOAD_FAILED' && stack)?.stack).toMatch(
      /Caused by: .*Cannot find module/s,
    )
    await call('hash', {}).expect(200)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
})
