import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { InputMessage, KnownInput } from '../../src/protocol/process-messages.ts'
import { RunControl } from '../../src/protocol/run-control.ts'
import type { TaskAnswer } from '../../src/protocol/thread-messages.ts'
import { InputGuard } from '../../src/scheduler/input-guard.ts'
import { ThreadLostError, type UnplacedRequest } from '../../src/scheduler/thread-pool.ts'
import { someSubmission } from '../support/some-submission.ts'

/*
 * What is told of inputs, without threads: the pool is a stand-in whose runs end when the test says so.
 */
const FINGERPRINT = 'ab'.repeat(16)
const NOW = Date.parse('2026-05-01T12:00:00.000Z')

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: NOW })
})
afterEach(() => {
  vi.useRealTimers()
})

function guarded() {
  const told: InputMessage[] = []
  const guard = new InputGuard((message) => told.push(message))
  return { guard, told, start: () => start(guard) }
}

function start(guard: InputGuard) {
  const control = new RunControl()
  const answer = Promise.withResolvers<TaskAnswer>()
  const released = Promise.withResolvers<void>()
  const terminate = vi.fn<(withinMs: number) => void>()
  let request: UnplacedRequest | undefined
  const threads = guard.over({
    start(given) {
      request = given
      return { control, answer: answer.promise, released: released.promise, terminate }
    },
  })
  const run = threads.start({
    ...someSubmission(),
    task: 'resize',
    requestId: 'r1',
    timeLimitMs: 1000,
  })
  /** The thread has made the fingerprint. */
  control.fingerprint = FINGERPRINT
  const settle = () => run.answer.then(() => {}).catch(() => {})
  return {
    run,
    control,
    request,
    terminate,
    release: released.resolve,
    answerWith: (given: TaskAnswer) => {
      answer.resolve(given)
      return settle()
    },
    lose: (reason: ThreadLostError['reason']) => {
      answer.reject(new ThreadLostError(reason, new Error('lost')))
      return settle()
    },
  }
}

const known = (members: Partial<KnownInput> = {}): KnownInput => ({
  task: 'resize',
  fingerprint: FINGERPRINT,
  until: null,
  ...members,
})
const succeeded: TaskAnswer = {
  kind: 'succeeded',
  contentType: 'text/plain',
  body: new ArrayBuffer(0),
  encodeMs: 0,
}
const refused = (code: string): TaskAnswer => ({
  kind: 'refused',
  code,
  status: 422,
  message: '',
  details: undefined,
  stack: undefined,
})

describe('the death of a thread', () => {
  test.each([
    ['exit', 'thread-exit'],
    ['uncaught-error', 'uncaught-error'],
    ['out-of-memory', 'out-of-memory'],
  ] as const)('by %s is told of its input', async (reason, how) => {
    const { told, start: begin } = guarded()
    await begin().lose(reason)
    expect(told).toEqual([
      { type: 'input-death', fingerprint: FINGERPRINT, task: 'resize', requestId: 'r1', how },
    ])
  })

  test('that was ended for its time limit or its caller is not', async () => {
    const { told, start: begin } = guarded()
    await begin().lose('terminated')
    expect(told).toEqual([])
  })

  test('that had been asked to stop, and fell over that, is not', async () => {
    const { told, start: begin } = guarded()
    const { control, lose } = begin()
    control.requestStop()
    await lose('uncaught-error')
    expect(told).toEqual([])
  })
})

describe('a thread that is to be ended', () => {
  test('and cannot be counts against its input, once', async () => {
    const { told, start: begin } = guarded()
    const { run, terminate } = begin()
    run.terminate(500)
    expect(terminate).toHaveBeenCalledExactlyOnceWith(500)
    await vi.advanceTimersByTimeAsync(499)
    expect(told).toEqual([])
    await vi.advanceTimersByTimeAsync(10_000)
    expect(told).toMatchObject([{ fingerprint: FINGERPRINT, how: 'unstoppable' }])
  })

  test('and is gone in time leaves nothing', async () => {
    const { told, start: begin } = guarded()
    const { run, release } = begin()
    run.terminate(500)
    release()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(told).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('an input that is known', () => {
  test.each([
    ['succeeds', succeeded],
    ['is refused by its task', refused('INPUT_INVALID')],
  ])('is harmless where it %s, which is told once', async (_, answer) => {
    const { guard, told, start: begin } = guarded()
    guard.learn([known()])
    for (let run = 0; run < 2; run++) await begin().answerWith(answer)
    expect(told).toEqual([{ type: 'input-harmless', fingerprint: FINGERPRINT }])
  })

  test('is so too where its run had begun before', async () => {
    const { guard, told, start: begin } = guarded()
    const { answerWith } = begin()
    guard.learn([known({ until: NOW + 1000 })])
    await answerWith(succeeded)
    expect(told).toEqual([{ type: 'input-harmless', fingerprint: FINGERPRINT }])
  })

  test('has shown nothing where it stopped because it was asked to', async () => {
    const { guard, told, start: begin } = guarded()
    guard.learn([known()])
    await begin().answerWith({ kind: 'stopped' })
    expect(told).toEqual([])
  })

  test('is counted where it was refused for its quarantine', async () => {
    const { guard, told, start: begin } = guarded()
    guard.learn([known({ until: NOW + 1000 })])
    for (let run = 0; run < 3; run++) await begin().answerWith(refused('INPUT_QUARANTINED'))
    expect(guard.takeRefusals()).toEqual([[FINGERPRINT, 3]])
    expect(guard.takeRefusals()).toEqual([])
    expect(told).toEqual([])
  })
})

test('an answer of an input that is not known is nobody’s business', async () => {
  const { guard, told, start: begin } = guarded()
  await begin().answerWith(succeeded)
  guard.learn([known({ fingerprint: 'cd'.repeat(16) })])
  await begin().answerWith(succeeded)
  expect(told).toEqual([])
})

describe('a thread is given', () => {
  test('what is in quarantine for its task', () => {
    const { guard, start: begin } = guarded()
    guard.learn([
      known({ until: NOW + 1000 }),
      known({ fingerprint: 'suspect' }),
      known({ fingerprint: 'over', until: NOW }),
      known({ fingerprint: 'elsewhere', task: 'hash', until: NOW + 1000 }),
    ])
    expect(begin().request?.quarantined).toEqual([{ fingerprint: FINGERPRINT, until: NOW + 1000 }])
  })

  test('nothing where nothing is', () => {
    const { guard, start: begin } = guarded()
    expect(begin().request).not.toHaveProperty('quarantined')
    guard.learn([known()])
    expect(begin().request).not.toHaveProperty('quarantined')
  })

  test('the newest list alone', () => {
    const { guard, start: begin } = guarded()
    guard.learn([known({ until: NOW + 1000 })])
    guard.learn([])
    expect(begin().request).not.toHaveProperty('quarantined')
  })
})
