import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ProblemError } from '../../src/errors.ts'
import { RunControl } from '../../src/protocol/run-control.ts'
import type { CatalogueEntry, TaskAnswer, TaskRequest } from '../../src/protocol/thread-messages.ts'
import type { FinalAnswer, Submission } from '../../src/scheduler/limited-run.ts'
import { Scheduler } from '../../src/scheduler/scheduler.ts'
import type { SharedCaller, Siblings } from '../../src/scheduler/siblings.ts'
import type { ThreadPool } from '../../src/scheduler/thread-pool.ts'
import { someSubmission } from '../support/some-submission.ts'

/*
 * What the scheduler does with siblings, without threads and processes: both are stand-ins that do what
 * the test says.
 */
const task: CatalogueEntry = {
  name: 'slow',
  description: '',
  input: {},
  produces: ['application/json'],
  priority: 'interactive',
  limits: { timeMs: 10_000, queueTimeoutMs: 10_000, inputBytes: 1 },
}
const retried = { ...task, retry: { attempts: 1, baseDelayMs: 0, maxDelayMs: 0, onTimeout: false } }
const succeeded = (text: string): FinalAnswer => ({
  kind: 'succeeded',
  contentType: 'text/plain',
  body: new TextEncoder().encode(text).buffer,
  encodeMs: 0,
})
const crashed = () => new ProblemError('TASK_CRASHED', 'The process ended under the task')

/** One thread. */
class StandInPool implements ThreadPool {
  readonly size = 1
  readonly catalogue = [task]
  free = 1
  readonly started: string[] = []
  #listener = () => {}
  #end = (_answer: TaskAnswer) => {}

  freeThreads = () => this.free
  liveThreads = () => 1
  threadIds = () => [1]
  threadFigures = () => ({ runs: 0, keptBytes: 0, utilization: 0, heapUsedBytes: null })
  sampleThreads = () => {}
  threadRestarts = () => ({ 'max-runs': 0, memory: 0, crash: 0, 'out-of-memory': 0, terminated: 0 })
  onThreadFree = (listener: () => void) => {
    this.#listener = listener
  }
  start = ({ requestId }: TaskRequest) => {
    this.free -= 1
    this.started.push(requestId)
    const answer = Promise.withResolvers<TaskAnswer>()
    const released = answer.promise.then(() => {
      this.free += 1
      this.#listener()
    })
    this.#end = answer.resolve
    return { control: new RunControl(), answer: answer.promise, released, terminate: () => {} }
  }
  destroy = async () => {}

  /** Lets the run on the thread end. */
  end(text = 'here'): void {
    this.#end(succeeded(text))
  }
}

class StandInSiblings implements Siblings {
  free = 0
  readonly announced: object[] = []
  readonly offered: string[] = []
  begin = (_begun: boolean) => {}
  answer = Promise.withResolvers<FinalAnswer>()
  signal: AbortSignal | undefined

  announce(load: object): void {
    this.announced.push(load)
  }
  freeThreads(): number {
    return this.free
  }
  /** Somebody else is faster. */
  taken = false
  offer(_task: CatalogueEntry, { requestId }: Submission, { signal }: SharedCaller) {
    if (this.taken) return undefined
    this.free -= 1
    this.offered.push(requestId)
    this.signal = signal
    this.answer = Promise.withResolvers<FinalAnswer>()
    this.answer.promise.catch(() => {})
    const begun = Promise.withResolvers<boolean>()
    this.begin = begun.resolve
    return { begun: begun.promise, answer: this.answer.promise, pid: 4711 }
  }
}

let pool: StandInPool
let siblings: StandInSiblings
let scheduler: Scheduler
beforeEach(() => {
  pool = new StandInPool()
  siblings = new StandInSiblings()
  scheduler = schedulerOf(10)
})

afterEach(() => {
  vi.restoreAllMocks()
})

function schedulerOf(queueMax: number): Scheduler {
  const options = { queueMax, queueMaxBytes: 1000, reservedThreads: 0 }
  return new Scheduler(pool, options, { siblings })
}

function run(requestId: string, entry = task, signal = new AbortController().signal) {
  const submission: Submission = { ...someSubmission(), requestId }
  const outcome = scheduler.run(entry, submission, { signal, client: 'somebody' })
  outcome.catch(() => {})
  return outcome
}

/** A run on the only thread that has taken longer than any before: whoever comes now may have to wait as long again. */
async function occupyThread(): Promise<void> {
  void run('first')
  vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 1000)
}

/** Lets one run after another end on the only thread, and sees that they come in this order. */
async function endInOrder(requestIds: readonly string[]): Promise<void> {
  for (const [index] of requestIds.entries()) {
    await vi.waitFor(() => expect(pool.started).toEqual(requestIds.slice(0, index + 1)))
    pool.end()
  }
}

describe('what finds every thread busy', () => {
  test('runs on a thread that a sibling has free', async () => {
    await occupyThread()
    siblings.free = 1
    const outcome = run('second')
    siblings.begin(true)
    siblings.answer.resolve(succeeded('there'))
    expect(await outcome).toMatchObject({ answer: { kind: 'succeeded' }, sibling: 4711, attempts: 1 })
    expect(pool.started).toEqual(['first'])
  })

  test('is passed on although its own queue takes nothing', async () => {
    scheduler = schedulerOf(0)
    await occupyThread()
    siblings.free = 1
    scheduler.assertAdmits(task, { client: 'somebody' }, 0)
    const outcome = run('second')
    siblings.begin(true)
    siblings.answer.resolve(succeeded('there'))
    expect((await outcome).sibling).toBe(4711)
  })

  test('is refused where its own queue takes nothing and the sibling does not either', async () => {
    scheduler = schedulerOf(0)
    await occupyThread()
    siblings.free = 1
    const outcome = run('second')
    siblings.begin(false)
    await expect(outcome).rejects.toMatchObject({ code: 'QUEUE_FULL' })
  })

  test('waits here where nobody has a free thread, and is passed on when somebody has', async () => {
    await occupyThread()
    const outcome = run('second')
    expect(siblings.offered).toEqual([])
    siblings.free = 1
    await vi.waitFor(() => expect(siblings.offered).toEqual(['second']))
    siblings.begin(true)
    siblings.answer.resolve(succeeded('there'))
    expect((await outcome).sibling).toBe(4711)
    expect(scheduler.queued).toBe(0)
  })

  test('stays here where the thread will be free in less time than it takes to pass it on', async () => {
    void run('first')
    siblings.free = 1
    const outcome = run('second')
    expect(siblings.offered).toEqual([])
    pool.end()
    await vi.waitFor(() => expect(pool.started).toEqual(['first', 'second']))
    pool.end()
    expect((await outcome).sibling).toBeUndefined()
  })
})

describe('what a sibling does not take', () => {
  test('keeps its place before those that came later', async () => {
    await occupyThread()
    const second = run('second')
    const third = run('third')
    siblings.free = 1
    await vi.waitFor(() => expect(siblings.offered).toEqual(['second']))
    siblings.begin(false)
    await vi.waitFor(() => expect(scheduler.queued).toBe(2))
    await endInOrder(['first', 'second', 'third'])
    await Promise.all([second, third])
  })

  test('waits here where somebody else was faster, as if nobody had asked', async () => {
    await occupyThread()
    siblings.free = 1
    siblings.taken = true
    const second = run('second')
    const third = run('third')
    expect(scheduler.queued).toBe(2)
    await endInOrder(['first', 'second', 'third'])
    await Promise.all([second, third])
  })

  test('runs here if a thread is free by then', async () => {
    await occupyThread()
    siblings.free = 1
    const second = run('second')
    pool.end()
    await vi.waitFor(() => expect(pool.free).toBe(1))
    siblings.begin(false)
    await vi.waitFor(() => expect(pool.started).toEqual(['first', 'second']))
    pool.end()
    expect((await second).sibling).toBeUndefined()
  })
})

describe('a sibling that dies under a run', () => {
  test('costs its caller an error where the task does not say that it may run twice', async () => {
    await occupyThread()
    siblings.free = 1
    const outcome = run('second')
    siblings.begin(true)
    siblings.answer.reject(crashed())
    await expect(outcome).rejects.toMatchObject({ code: 'TASK_CRASHED' })
  })

  test('costs its caller nothing where it does', async () => {
    await occupyThread()
    siblings.free = 1
    const outcome = run('second', retried)
    siblings.begin(true)
    siblings.answer.reject(crashed())
    await vi.waitFor(() => expect(scheduler.queued).toBe(1))
    pool.end()
    await vi.waitFor(() => expect(pool.started).toEqual(['first', 'second']))
    pool.end()
    expect(await outcome).toMatchObject({ attempts: 2, sibling: undefined })
  })
})

describe('a caller that goes away', () => {
  test('before its run has begun at the sibling is counted as one that waited', async () => {
    await occupyThread()
    siblings.free = 1
    const caller = new AbortController()
    const outcome = run('second', task, caller.signal)
    caller.abort(new Error('gone'))
    expect(siblings.signal?.aborted).toBe(true)
    siblings.begin(false)
    await expect(outcome).rejects.toThrow('gone')
    expect(scheduler.cancellations.counts['caller-gone'].queued).toBe(1)
    expect(scheduler.queued).toBe(0)
  })

  test('while it waits here is counted, and leaves the queue', async () => {
    await occupyThread()
    const caller = new AbortController()
    const outcome = run('second', task, caller.signal)
    caller.abort(new Error('gone'))
    await expect(outcome).rejects.toThrow('gone')
    expect(scheduler.cancellations.counts['caller-gone'].queued).toBe(1)
  })
})

test('the siblings are told at once what could be done here', async () => {
  const last = () => siblings.announced.at(-1)
  expect(last()).toEqual({ freeThreads: 1, queued: 0 })
  await occupyThread()
  expect(last()).toEqual({ freeThreads: 0, queued: 0 })
  void run('second')
  expect(last()).toEqual({ freeThreads: 0, queued: 1 })
})
