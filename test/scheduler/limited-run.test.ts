import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { RunControl } from '../../src/protocol/run-control.ts'
import type { CatalogueEntry, TaskAnswer } from '../../src/protocol/thread-messages.ts'
import { startLimitedRun } from '../../src/scheduler/limited-run.ts'
import { ThreadLostError, type ThreadPool } from '../../src/scheduler/thread-pool.ts'
import { someSubmission } from '../support/some-submission.ts'

/*
 * The clock of a run, without threads: the pool is a stand-in whose run ends when the test says so.
 */
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const task: CatalogueEntry = {
  name: 'slow',
  description: '',
  input: {},
  produces: ['application/json'],
  priority: 'interactive',
  limits: { timeMs: 1000, queueTimeoutMs: 1000, inputBytes: 1 },
}
const submission = someSubmission()

function start(signal = new AbortController().signal) {
  const answer = Promise.withResolvers<TaskAnswer>()
  const released = Promise.withResolvers<void>()
  const terminate = vi.fn<(withinMs: number) => void>()
  const control = new RunControl()
  const pool = {
    start: () => ({ control, answer: answer.promise, released: released.promise, terminate }),
  } as unknown as ThreadPool
  const run = startLimitedRun(pool, task, submission, signal)
  run.answer.catch(() => {})
  return {
    ...run,
    answerWith: answer.resolve,
    loseThread: answer.reject,
    release: released.resolve,
    terminate,
    control,
  }
}

describe('a run over its time', () => {
  test('is asked to stop first, and its thread is ended after the grace', async () => {
    const run = start()
    vi.advanceTimersByTime(999)
    expect(run.control.stopRequested).toBe(false)
    vi.advanceTimersByTime(1)
    expect(run.control.stopRequested).toBe(true)
    await expect(run.answer).rejects.toMatchObject({ code: 'TASK_TIMEOUT' })
    expect(run.terminate).not.toHaveBeenCalled()
    vi.advanceTimersByTime(100)
    expect(run.terminate).toHaveBeenCalledExactlyOnceWith(5000)
  })

  test('keeps its thread where it stops within the grace', async () => {
    const run = start()
    vi.advanceTimersByTime(1050)
    run.answerWith({ kind: 'stopped' })
    run.release()
    await run.released
    vi.advanceTimersByTime(10_000)
    expect(run.terminate).not.toHaveBeenCalled()
  })
})

test('native code whose caller has gone may go on to its own time limit', async () => {
  const caller = new AbortController()
  const run = start(caller.signal)
  vi.advanceTimersByTime(200)
  caller.abort(new Error('gone'))
  await expect(run.answer).rejects.toThrow('gone')
  vi.advanceTimersByTime(100)
  expect(run.terminate).toHaveBeenCalledExactlyOnceWith(800 + 5000)
})

test('a run that ends in time leaves no timer and no listener', async () => {
  const caller = new AbortController()
  const run = start(caller.signal)
  run.answerWith({ kind: 'succeeded', contentType: 'text/plain', body: new ArrayBuffer(1), encodeMs: 0 })
  run.release()
  await run.released
  expect((await run.answer).kind).toBe('succeeded')
  expect(vi.getTimerCount()).toBe(0)
  caller.abort()
  expect(run.control.stopRequested).toBe(false)
})

test.each([
  ['out-of-memory', 'TASK_OUT_OF_MEMORY'],
  ['exit', 'TASK_CRASHED'],
  ['uncaught-error', 'TASK_CRASHED'],
] as const)('a thread that is lost by %s is answered with %s', async (reason, code) => {
  const run = start()
  run.loseThread(new ThreadLostError(reason, new Error('lost')))
  await expect(run.answer).rejects.toMatchObject({ code, status: 500 })
})
