import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Meters } from '../../src/observability/metrics/meters.ts'
import type { CatalogueEntry } from '../../src/protocol/thread-messages.ts'
import { Cancellations } from '../../src/scheduler/cancellations.ts'
import { type PendingRun, pendingRun } from '../../src/scheduler/pending-run.ts'
import { RunQueue } from '../../src/scheduler/run-queue.ts'
import { RunningTasks } from '../../src/scheduler/running-tasks.ts'
import { someSubmission } from '../support/some-submission.ts'

const task: CatalogueEntry = {
  name: 'slow',
  description: '',
  input: {},
  produces: ['application/json'],
  priority: 'interactive',
  limits: { timeMs: 10_000, queueTimeoutMs: 1000, inputBytes: 1 },
}

let cancellations: Cancellations
let queue: RunQueue
beforeEach(() => {
  vi.useFakeTimers()
  cancellations = new Cancellations(new Meters(undefined))
  queue = new RunQueue({ limit: 2, threads: 1, running: new RunningTasks(), cancellations })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A request, and the error that it ends with while it waits. */
function request(signal = new AbortController().signal) {
  const submission = someSubmission()
  const { pending, outcome } = pendingRun(task, submission, { signal, client: 'somebody' }, 0)
  const failure = outcome.then(
    () => undefined,
    (error: unknown) => error,
  )
  return { pending, failure }
}

function waiting(signal?: AbortSignal): ReturnType<typeof request> {
  const made = request(signal)
  queue.push(made.pending)
  return made
}

const next = (): PendingRun | undefined => queue.shift(() => true)

test('what waits comes out in its order, unless it may not run now', () => {
  const [first, second] = [waiting(), waiting()]
  expect(queue.shift(() => false)).toBeUndefined()
  expect(next()).toBe(first.pending)
  expect(next()).toBe(second.pending)
  expect(next()).toBeUndefined()
})

test('where the queue is full the next one is refused at once', () => {
  waiting()
  expect(queue.refusal(task, { client: 'somebody' })).toBeUndefined()
  waiting()
  expect(queue.refusal(task, { client: 'somebody' })?.code).toBe('QUEUE_FULL')
  expect(() => waiting()).toThrow(expect.objectContaining({ code: 'QUEUE_FULL' }))
  expect(queue.size).toBe(2)
})

describe('what waits leaves by itself', () => {
  test('when its time is over', async () => {
    const { failure } = waiting()
    vi.advanceTimersByTime(999)
    expect(queue.size).toBe(1)
    vi.advanceTimersByTime(1)
    expect(queue.size).toBe(0)
    expect(await failure).toMatchObject({ code: 'QUEUE_TIMEOUT' })
    expect(cancellations.counts['time-limit'].queued).toBe(1)
  })

  test('when its caller has gone', async () => {
    const caller = new AbortController()
    const { failure } = waiting(caller.signal)
    const gone = new Error('gone')
    caller.abort(gone)
    expect(queue.size).toBe(0)
    expect(await failure).toBe(gone)
    expect(cancellations.counts['caller-gone'].queued).toBe(1)
  })

  test('and not once it has been taken out', () => {
    const caller = new AbortController()
    waiting(caller.signal)
    next()
    caller.abort()
    vi.advanceTimersByTime(2000)
    expect(cancellations.counts).toMatchObject({ 'time-limit': { queued: 0 }, 'caller-gone': { queued: 0 } })
  })
})

describe('what is put back', () => {
  test('stands where it stood', () => {
    const first = waiting()
    const second = waiting()
    expect(next()).toBe(first.pending)
    expect(queue.putBack(first.pending)).toBe(true)
    expect(next()).toBe(first.pending)
    expect(next()).toBe(second.pending)
  })

  test('has only what is left of its time', async () => {
    const { pending, failure } = waiting()
    vi.advanceTimersByTime(600)
    next()
    vi.advanceTimersByTime(300)
    queue.putBack(pending)
    vi.advanceTimersByTime(100)
    expect(queue.size).toBe(0)
    expect(await failure).toMatchObject({
      code: 'QUEUE_TIMEOUT',
      message: expect.stringContaining('within 1000 ms'),
    })
  })

  test('has waited before: a request that never did is not added', () => {
    expect(queue.putBack(request().pending)).toBe(false)
    expect(queue.size).toBe(0)
  })
})
