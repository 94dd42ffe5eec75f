import { afterEach, expect, test } from 'vitest'
import type { ProblemError } from '../../src/errors.ts'
import { Timeline } from '../../src/observability/timeline.ts'
import type { CatalogueEntry } from '../../src/protocol/thread-messages.ts'
import type { TaskOutcome } from '../../src/scheduler/pending-run.ts'
import { type SharedThreads, sharedThreads, startTestApp, type TestApp } from '../support/test-app.ts'
import { until } from '../support/until.ts'
import { someTrace } from '../support/some-trace.ts'

/*
 * The scheduler on real threads: what happens to callers and to the pool when tasks misbehave.
 */
const oneThread = sharedThreads()
const twoThreads = sharedThreads({
  OFFLOOP_THREADS: '2',
  OFFLOOP_THREAD_MAX_HEAP_BYTES: String(64 * 2 ** 20),
})
const twoFreshThreads: SharedThreads = { startApp: () => startTestApp({ OFFLOOP_THREADS: '2' }) }

let started: TestApp | undefined
afterEach(() => started?.[Symbol.asyncDispose]())

interface RunOptions {
  signal?: AbortSignal
  client?: string
  timeoutMs?: number
  /** In place of what the task says of itself. */
  timeMs?: number
  queueTimeoutMs?: number
  priority?: 'interactive' | 'batch'
  maxConcurrency?: number
  timeline?: Timeline
}

async function start(place = oneThread, settings: Record<string, string> = {}) {
  started = await place.startApp(settings)
  const { scheduler, pool } = started
  const entryOf = (name: string, options: RunOptions = {}): CatalogueEntry => {
    const entry = pool.catalogue.find((task) => task.name === name)
    if (entry === undefined) throw new Error(`no fixture ${name}`)
    const { timeMs, queueTimeoutMs, priority, maxConcurrency } = options
    const limits = { ...(timeMs && { timeMs }), ...(queueTimeoutMs && { queueTimeoutMs }) }
    return {
      ...entry,
      ...(priority && { priority }),
      ...(maxConcurrency && { maxConcurrency }),
      limits: { ...entry.limits, ...limits },
    }
  }
  const run = (name: string, input: unknown, options: RunOptions = {}): Promise<TaskOutcome> => {
    const task = entryOf(name, options)
    const { client = 'somebody', signal = new AbortController().signal, timeoutMs } = options
    const submission = {
      requestId: 'test',
      body: new TextEncoder().encode(JSON.stringify(input)).buffer,
      contentType: 'application/json',
      contentEncoding: undefined,
      accept: undefined,
      query: '',
      ...someTrace,
    }
    const { timeline } = options
    const caller = {
      signal,
      client,
      ...(timeoutMs && { deadline: performance.now() + timeoutMs }),
      ...(timeline && { timeline }),
    }
    return scheduler.run(task, submission, caller)
  }
  const codeOf = (outcome: Promise<TaskOutcome>) =>
    outcome.then(
      ({ answer }) => (answer.kind === 'refused' ? answer.code : 'succeeded'),
      (error: ProblemError) => error.code,
    )
  /** Every thread works, and no more run at once than there should be. */
  const assertPoolIsWhole = async () => {
    await until('free threads', () => pool.freeThreads() === pool.size && scheduler.running === 0)
    const outcomes = await Promise.all(Array.from({ length: pool.size }, () => run('busy', { ms: 50 })))
    const threads = outcomes.map(({ answer }) =>
      answer.kind === 'succeeded'
        ? (JSON.parse(new TextDecoder().decode(answer.body)).threadId as number)
        : -1,
    )
    expect(new Set(threads).size).toBe(pool.size)
  }
  const admits = (name: string) => scheduler.assertAdmits(entryOf(name), { client: 'somebody' }, 0)
  return { ...started, run, admits, codeOf, assertPoolIsWhole }
}

test('what has to wait runs in the order in which it came', async () => {
  const { run } = await start()
  const finished: number[] = []
  await Promise.all(
    [0, 1, 2, 3, 4].map(async (number) => {
      await run('busy', { ms: 5 })
      finished.push(number)
    }),
  )
  expect(finished).toEqual([0, 1, 2, 3, 4])
})

test('a saturated queue refuses at once, and says when to come back', async () => {
  const { run, admits } = await start(oneThread, { OFFLOOP_QUEUE_MAX: '1' })
  const running = run('busy', { ms: 200 })
  const waiting = run('busy', { ms: 1 })
  expect(() => admits('busy')).toThrow(expect.objectContaining({ code: 'QUEUE_FULL' }))
  await expect(run('busy', { ms: 1 })).rejects.toMatchObject({
    code: 'QUEUE_FULL',
    status: 503,
    headers: { 'Retry-After': expect.stringMatching(/^[1-9]\d*$/) },
  })
  await Promise.all([running, waiting])
  await run('busy', { ms: 1 })
})

test('what has waited as long as it may is dropped without having begun', async () => {
  const { run, codeOf, lines } = await start()
  const running = run('busy', { ms: 400 })
  expect(await codeOf(run('echo', { message: 'x' }, { queueTimeoutMs: 50 }))).toBe('QUEUE_TIMEOUT')
  expect(await codeOf(run('echo', { message: 'x' }, { timeoutMs: 50 }))).toBe('QUEUE_TIMEOUT')
  await running
  expect(lines).toEqual([])
})

test('what would wait longer than it may is refused at once, by the run times measured', async () => {
  const { run, codeOf } = await start()
  await run('busy', { ms: 300 })
  const running = run('busy', { ms: 300 })
  await expect(run('busy', { ms: 1 }, { queueTimeoutMs: 100 })).rejects.toMatchObject({
    code: 'WOULD_MISS_DEADLINE',
    status: 503,
    headers: { 'Retry-After': '1' },
    details: { expectedWaitMs: expect.any(Number) },
  })
  expect(await codeOf(run('busy', { ms: 1 }))).toBe('succeeded')
  await running
})

test("a client's patience shortens the time limit of a task and does not lengthen it", async () => {
  const { run } = await start()
  const error: ProblemError = await run('forever', {}, { timeoutMs: 100 }).catch((thrown) => thrown)
  expect(error.code).toBe('TASK_TIMEOUT')
  expect(error.details?.timeLimitMs).toBeLessThanOrEqual(100)
  await expect(run('forever', {}, { timeMs: 100, timeoutMs: 60_000 })).rejects.toMatchObject({
    details: { timeLimitMs: 100 },
  })
})

test('what could begin in time, but not end, is refused at once', async () => {
  const { run, codeOf } = await start()
  await run('busy', { ms: 200 })
  const first = run('busy', { ms: 200 })
  // It would wait for 200 ms and run for as long.
  expect(await codeOf(run('busy', { ms: 200 }, { timeoutMs: 300 }))).toBe('WOULD_MISS_DEADLINE')
  expect(await codeOf(run('busy', { ms: 10 }, { timeoutMs: 20_000 }))).toBe('succeeded')
  await first
})

test('runs that are cut short do not make others seem short', async () => {
  const { run, codeOf, pool, scheduler } = await start()
  await run('busy', { ms: 300 })
  for (let count = 0; count < 10; count++) {
    expect(await codeOf(run('busy', { ms: 300 }, { timeoutMs: 10 }))).toBe('TASK_TIMEOUT')
    await until('a free thread', () => pool.freeThreads() === 1 && scheduler.running === 0)
  }
  const first = run('busy', { ms: 300 })
  expect(await codeOf(run('busy', { ms: 300 }, { timeoutMs: 400 }))).toBe('WOULD_MISS_DEADLINE')
  await first
})

test('a task that may hold one thread leaves the other to the rest', async () => {
  const { run, scheduler } = await start(twoThreads)
  const slow = [1, 2].map(() => run('busy', { ms: 400 }, { maxConcurrency: 1 }))
  expect(scheduler).toMatchObject({ running: 1, queued: 1 })
  const timeline = new Timeline()
  await run('echo', { message: 'x' }, { timeline })
  expect(timeline.times().queue).toBeLessThan(400)
  expect((await Promise.all(slow)).map(({ answer }) => answer.kind)).toEqual(['succeeded', 'succeeded'])
})

test('batch work leaves the reserved thread to interactive work, and has it for itself where there is one', async () => {
  const { run, scheduler } = await start(twoThreads, { OFFLOOP_RESERVED_THREADS: '1' })
  const batch = [1, 2].map(() => run('busy', { ms: 300 }, { priority: 'batch' }))
  expect(scheduler).toMatchObject({ running: 1, queued: 1 })
  await run('echo', { message: 'x' })
  await Promise.all(batch)
})

test("a client's flood waits behind its own requests", async () => {
  const { run } = await start()
  const finished: string[] = []
  const ask = async (client: string) => {
    await run('busy', { ms: 20 }, { client })
    finished.push(client)
  }
  await Promise.all([...Array.from({ length: 6 }, () => ask('flood')), ask('other')])
  expect(finished.indexOf('other')).toBeLessThanOrEqual(2)
})

test.each([
  ['crash', { how: 'throw' }, 'TASK_FAILED'],
  ['crash', { how: 'exit' }, 'TASK_CRASHED'],
  ['crash', { how: 'uncaught' }, 'TASK_CRASHED'],
  ['crash', { how: 'heap' }, 'TASK_OUT_OF_MEMORY'],
  ['forever', {}, 'TASK_TIMEOUT'],
  ['until-aborted', { how: 'loop' }, 'TASK_TIMEOUT'],
  ['until-aborted', { how: 'signal' }, 'TASK_TIMEOUT'],
])('after %s %o the caller has %s and the pool is whole again', async (name, input, code) => {
  const { run, codeOf, assertPoolIsWhole } = await start(twoThreads)
  expect(await codeOf(run(name, input))).toBe(code)
  await assertPoolIsWhole()
})

test.each([
  ['crash', { how: 'exit' }, 'TASK_CRASHED'],
  ['crash', { how: 'uncaught' }, 'TASK_CRASHED'],
  ['forever', {}, 'TASK_TIMEOUT'],
])('what waits while the only thread is lost by %s %o runs on the next one', async (name, input, code) => {
  const { run, codeOf } = await start()
  const [lost, ...waiting] = [run(name, input), run('busy', { ms: 1 }), run('busy', { ms: 1 })].map(codeOf)
  expect(await lost).toBe(code)
  expect(await Promise.all(waiting)).toEqual(['succeeded', 'succeeded'])
  // Nothing waits now, and no thread is up yet.
  expect(await codeOf(run(name, input))).toBe(code)
  expect(await codeOf(run('busy', { ms: 1 }))).toBe('succeeded')
})

test('a task that fails does not hurt the one beside it', async () => {
  const { run, codeOf } = await start(twoThreads)
  const good = run('busy', { ms: 300 })
  expect(await codeOf(run('crash', { how: 'exit' }))).toBe('TASK_CRASHED')
  expect((await good).answer.kind).toBe('succeeded')
})

test('a task that stops by itself keeps its thread, one that does not loses it', async () => {
  const { run, codeOf, pool, scheduler } = await start()
  const threadOf = async () => {
    const { answer } = await run('busy', { ms: 0 })
    return answer.kind === 'succeeded' && JSON.parse(new TextDecoder().decode(answer.body)).threadId
  }
  const threadChangesWith = async (task: string, input: object) => {
    const before = await threadOf()
    expect(await codeOf(run(task, input))).toBe('TASK_TIMEOUT')
    await until('a free thread', () => pool.freeThreads() === 1 && scheduler.running === 0)
    return (await threadOf()) !== before
  }
  // On a busy machine it may not come to run within the 100 ms that it has for it.
  const stopsItself = async () => !(await threadChangesWith('until-aborted', { how: 'loop' }))
  await until('one that stops by itself to keep its thread', stopsItself)
  expect(await threadChangesWith('forever', {})).toBe(true)
})

test('a timeout tells how far the task said it had come', async () => {
  const { run } = await start()
  await expect(run('until-aborted', { how: 'loop' })).rejects.toMatchObject({
    code: 'TASK_TIMEOUT',
    status: 504,
    details: { timeLimitMs: 300, progress: 0.25 },
  })
})

test('the time limit counts from the start, not from the submission', async () => {
  const { run, codeOf } = await start()
  const ahead = run('busy', { ms: 600 })
  expect(await codeOf(run('busy', { ms: 10 }, { timeMs: 400 }))).toBe('succeeded')
  await ahead
})

test('what waits is dropped when its caller goes, and never runs', async () => {
  const { run, scheduler } = await start()
  const caller = new AbortController()
  const ahead = run('busy', { ms: 200 })
  const dropped = run('forever', {}, { signal: caller.signal, timeMs: 60_000 })
  expect(scheduler.queued).toBe(1)
  caller.abort(new Error('gone'))
  await expect(dropped).rejects.toThrow('gone')
  expect(scheduler.queued).toBe(0)
  await ahead
  await run('busy', { ms: 1 })
})

test('what runs is stopped when its caller goes', async () => {
  const { run, scheduler, assertPoolIsWhole } = await start()
  const caller = new AbortController()
  const endless = run('forever', {}, { signal: caller.signal, timeMs: 60_000 })
  await until('the task to run', () => scheduler.running === 1)
  caller.abort(new Error('gone'))
  await expect(endless).rejects.toThrow('gone')
  await assertPoolIsWhole()
})

test('of each thread it is known what runs on it', async () => {
  const { run, scheduler } = await start(twoFreshThreads)
  const unknown = { runs: 0, keptBytes: 0, utilization: 0, heapUsedBytes: null }
  const idle = { state: 'idle', task: null, runningMs: null, ...unknown }
  await until('both threads', () => scheduler.threads().every(({ state }) => state === 'idle'))
  expect(scheduler.threads()).toEqual([
    { thread: 0, ...idle },
    { thread: 1, ...idle },
  ])
  const caller = new AbortController()
  const endless = run('forever', {}, { signal: caller.signal, timeMs: 60_000 })
  const busy = await until('the task to begin', () =>
    scheduler.threads().find(({ state }) => state === 'busy'),
  )
  expect(busy).toEqual({
    thread: expect.any(Number),
    state: 'busy',
    task: 'forever',
    runningMs: expect.any(Number),
    ...unknown,
  })
  expect(scheduler.threads()[1 - busy.thread]).toEqual({ thread: 1 - busy.thread, ...idle })
  caller.abort(new Error('gone'))
  await expect(endless).rejects.toThrow('gone')
  await until('a thread in its place', () => scheduler.threads().every(({ state }) => state === 'idle'))
})

test('runs are counted by how they ended: an answer, an error, a lost thread, the time limit', async () => {
  const { run, codeOf, scheduler } = await start()
  await run('busy', { ms: 20 })
  await run('busy', { ms: 0 })
  await codeOf(run('echo', { message: 1 }))
  await codeOf(run('crash', { how: 'throw' }))
  await codeOf(run('crash', { how: 'exit' }))
  await codeOf(run('until-aborted', { how: 'loop' }))
  const counts = scheduler.runCounter.take()
  expect(counts).toMatchObject({ completed: 2, failed: 4 })
  expect(counts.maxMs).toBeGreaterThan(290)
  expect(counts.sumMs).toBeGreaterThan(310)
  expect(counts.minMs).toBeLessThan(counts.maxMs)
  expect(counts.buckets.reduce((sum, [, count]) => sum + count, 0)).toBe(6)
  expect(scheduler.runCounter.take()).toMatchObject({ completed: 0, failed: 0 })
})

test('a run whose caller has gone is counted as nothing', async () => {
  const { run, scheduler } = await start()
  const caller = new AbortController()
  const unwanted = run('until-aborted', { how: 'signal' }, { signal: caller.signal, timeMs: 60_000 })
  await until('the task to begin', () => scheduler.threads()[0]?.state === 'busy')
  caller.abort(new Error('gone'))
  await expect(unwanted).rejects.toThrow('gone')
  await until('the thread', () => scheduler.running === 0)
  expect(scheduler.runCounter.take()).toMatchObject({ completed: 0, failed: 0 })
})
