import { ProblemError } from '../errors.ts'
import type { ThreadStatus } from '../protocol/operators-api.ts'
import type { CatalogueEntry } from '../protocol/thread-messages.ts'
import { refusalOf, safeWaitMs } from './admission.ts'
import { bulkheadAllows } from './bulkhead.ts'
import { type FinalAnswer, type Submission, startLimitedRun } from './limited-run.ts'
import { MemoryBudget } from './memory-budget.ts'
import { RunCounter } from './run-counter.ts'
import { ServiceTimes } from './service-time.ts'
import type { ThreadPool } from './thread-pool.ts'
import { type Waiting, WaitingRuns } from './waiting-runs.ts'

export interface TaskOutcome {
  readonly answer: FinalAnswer
  /** Milliseconds from the submission to the start on a thread. */
  readonly queueMs: number
  /** Milliseconds from there to the answer. */
  readonly runMs: number
}

export interface SchedulerOptions {
  readonly queueMax: number
  readonly queueMaxBytes: number
  readonly reservedThreads: number
}

/** Who asks, and how long they wait. */
export interface Caller {
  /** Aborted when the caller has gone: what waits is dropped, what runs is stopped. */
  readonly signal: AbortSignal
  /** Requests of one client stand behind each other. */
  readonly client: string
  /** When the caller wants its answer, on the clock of `performance.now()`; shortens the limits of the task, never lengthens them. */
  readonly deadline?: number
  /** Called when the request no longer waits, and its input is with a thread. */
  readonly onStart?: () => void
}

/** The door to the threads: admits or refuses, keeps what waits in order, gives each free thread one task. */
export class Scheduler {
  readonly #pool: ThreadPool
  readonly #reservedThreads: number
  readonly #waiting: WaitingRuns<PendingRun>
  readonly #serviceTimes = new ServiceTimes()
  readonly #running = new Set<RunningTask>()
  /** Runs that have ended, other than those whose callers have gone. */
  readonly runCounter = new RunCounter()
  /** What bodies hold that are being read or wait. */
  readonly memory: MemoryBudget

  constructor(pool: ThreadPool, { queueMax, queueMaxBytes, reservedThreads }: SchedulerOptions) {
    this.#pool = pool
    this.#reservedThreads = reservedThreads
    this.#waiting = new WaitingRuns(queueMax)
    this.memory = new MemoryBudget(queueMaxBytes)
    pool.onThreadFree(() => this.#startPending())
  }

  /** Requests that wait for a thread. */
  get queued(): number {
    return this.#waiting.size
  }

  /** Tasks on threads, those included that are being stopped. */
  get running(): number {
    return this.#running.size
  }

  /** What each thread does at this moment. */
  threads(): ThreadStatus[] {
    const now = performance.now()
    const running = new Map([...this.#running].map((each) => [each.threadId(), each]))
    return this.#pool.threadIds().map((id, thread) => {
      const run = running.get(id)
      if (id === 0 || run === undefined) {
        return { thread, state: id === 0 ? 'starting' : 'idle', task: null, runningMs: null }
      }
      return { thread, state: 'busy', task: run.task.name, runningMs: Math.round(now - run.startedAt) }
    })
  }

  /**
   * Refuses what {@link run} would refuse, so that its body need not be read.
   *
   * @param bytes of the body, 0 where that is not known
   * @throws {ProblemError} `QUEUE_FULL`, `WOULD_MISS_DEADLINE`
   */
  assertAdmits(task: CatalogueEntry, { client, deadline }: Omit<Caller, 'signal'>, bytes: number): void {
    if (!this.memory.hasRoomFor(bytes)) throw this.memoryFull()
    if (!this.#canStart(task)) this.#assertMayWait(task, client, this.#waitLimitMs(task, deadline))
  }

  /** For a body that does not fit in beside the others. */
  memoryFull(): ProblemError {
    const { usedBytes, limitBytes } = this.memory
    return new ProblemError(
      'QUEUE_FULL',
      `Cannot take the body: ${usedBytes} bytes of other requests wait, and ${limitBytes} may`,
      retryAfter(1),
    )
  }

  /**
   * Runs a task on a thread, now or when it is its turn.
   *
   * @returns what the task answered, its own errors included
   * @throws {ProblemError} `QUEUE_FULL`, `WOULD_MISS_DEADLINE`, `QUEUE_TIMEOUT`, `TASK_TIMEOUT`,
   *   `TASK_CRASHED` or `TASK_OUT_OF_MEMORY`
   * @throws the signal's reason once it is aborted
   */
  async run(task: CatalogueEntry, submission: Submission, caller: Caller): Promise<TaskOutcome> {
    caller.signal.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<TaskOutcome>()
    const pending: PendingRun = {
      task: task.name,
      entry: task,
      priority: task.priority,
      client: caller.client,
      expectedMs: this.#serviceTimes.expectedMs(task.name),
      arrivedAt: performance.now(),
      submission,
      caller,
      resolve,
      reject,
    }
    if (this.#canStart(task)) this.#start(pending)
    else this.#enqueue(pending)
    return promise
  }

  /** Whatever waits could not start either, or it would have. */
  #canStart(task: CatalogueEntry): boolean {
    return this.#pool.freeThreads() > 0 && this.#bulkheadAllows(task)
  }

  #bulkheadAllows({ name, priority, maxConcurrency }: CatalogueEntry): boolean {
    const running = [...this.#running]
    const occupation = {
      threads: this.#pool.size,
      ofTask: running.filter(({ task }) => task.name === name).length,
      ofBatch: running.filter(({ task }) => task.priority === 'batch').length,
    }
    return bulkheadAllows(priority, occupation, { maxConcurrency, reservedThreads: this.#reservedThreads })
  }

  #enqueue(pending: PendingRun): void {
    const { entry, client, caller, reject } = pending
    const limitMs = this.#waitLimitMs(entry, caller.deadline)
    this.#assertMayWait(entry, client, limitMs)
    this.#waiting.push(pending)
    const drop = (error: unknown) => this.#waiting.remove(pending) && reject(error)
    const timer = setTimeout(() => drop(waitedTooLong(entry, limitMs)), limitMs)
    const onAbort = () => drop(caller.signal.reason)
    caller.signal.addEventListener('abort', onAbort, { once: true })
    pending.onLeave = () => {
      clearTimeout(timer)
      caller.signal.removeEventListener('abort', onAbort)
    }
  }

  #assertMayWait(task: CatalogueEntry, client: string, limitMs: number): void {
    const expectedMs = this.#serviceTimes.expectedMs(task.name)
    const safeMs = safeWaitMs(limitMs)
    const refusal = refusalOf({
      hasRoom: !this.#waiting.saturated,
      workAheadMs: this.#runningMs() + this.#waiting.workAheadMs(task.priority, client, expectedMs),
      threads: this.#pool.size,
      waitLimitMs: safeMs,
    })
    if (refusal === undefined) return
    const { code, expectedWaitMs, retryAfterSeconds } = refusal
    const sentence =
      code === 'QUEUE_FULL'
        ? `Cannot take the request: ${this.#waiting.size} are waiting already`
        : `Cannot take the request: it would wait for about ${expectedWaitMs} ms, and may for ${Math.floor(safeMs)}`
    throw new ProblemError(code, sentence, retryAfter(retryAfterSeconds, { expectedWaitMs }))
  }

  /** A caller's patience has to last for the run as well: one begun at its end would be work for nobody. */
  #waitLimitMs({ name, limits }: CatalogueEntry, deadline: number | undefined): number {
    const leftForWaiting = Math.round(patienceMs(deadline) - this.#serviceTimes.expectedMs(name))
    return Math.min(limits.queueTimeoutMs, Math.max(1, leftForWaiting))
  }

  /** What is left of the runs under way, as far as their tasks' means tell. */
  #runningMs(): number {
    const now = performance.now()
    return [...this.#running].reduce(
      (sum, { task, startedAt }) =>
        sum + Math.max(0, this.#serviceTimes.expectedMs(task.name) - (now - startedAt)),
      0,
    )
  }

  #startPending(): void {
    while (this.#pool.freeThreads() > 0) {
      const pending = this.#waiting.shift(performance.now(), ({ entry }) => this.#bulkheadAllows(entry))
      if (pending === undefined) return
      pending.onLeave?.()
      this.#start(pending)
    }
  }

  #start({ entry, submission, caller, arrivedAt, resolve, reject }: PendingRun): void {
    const startedAt = performance.now()
    const timeMs = runLimitMs(entry, caller.deadline)
    const limited = { ...entry, limits: { ...entry.limits, timeMs } }
    const run = startLimitedRun(this.#pool, limited, submission, caller.signal)
    caller.onStart?.()
    const running = { task: entry, startedAt, threadId: run.threadId }
    this.#running.add(running)
    let cutShort = false
    run.answer.then(
      (answer) => {
        const runMs = performance.now() - startedAt
        this.runCounter.record(runMs, answer.kind === 'succeeded' ? 'completed' : 'failed')
        resolve({ answer, queueMs: startedAt - arrivedAt, runMs })
      },
      (error: unknown) => {
        cutShort = caller.signal.aborted || (error instanceof ProblemError && error.code === 'TASK_TIMEOUT')
        if (!caller.signal.aborted) this.runCounter.record(performance.now() - startedAt, 'failed')
        reject(error)
      },
    )
    void run.released.then(() => {
      this.#running.delete(running)
      const runMs = performance.now() - startedAt
      // A run that was cut short only tells that a whole one takes longer.
      if (!cutShort || runMs > this.#serviceTimes.expectedMs(entry.name)) {
        this.#serviceTimes.record(entry.name, runMs)
      }
      this.#startPending()
    })
  }
}

function runLimitMs({ limits }: CatalogueEntry, deadline: number | undefined): number {
  return Math.min(limits.timeMs, patienceMs(deadline))
}

/** What is left of the time in which a caller wants its answer, at least 1. */
function patienceMs(deadline = Number.POSITIVE_INFINITY): number {
  return Math.max(1, Math.round(deadline - performance.now()))
}

function waitedTooLong({ name }: CatalogueEntry, limitMs: number): ProblemError {
  return new ProblemError(
    'QUEUE_TIMEOUT',
    `The task "${name}" was not begun: no thread was free for it within ${limitMs} ms`,
    retryAfter(1, { queueTimeoutMs: limitMs }),
  )
}

function retryAfter(seconds: number, details: Readonly<Record<string, unknown>> = {}) {
  return {
    headers: { 'Retry-After': String(seconds) },
    details: { retryAfterSeconds: seconds, ...details },
  }
}

/** A run on a thread, until the thread is free again. */
interface RunningTask {
  readonly task: CatalogueEntry
  /** On the clock of `performance.now()`. */
  readonly startedAt: number
  readonly threadId: () => number
}

/** A request that has been submitted and not yet started. */
interface PendingRun extends Waiting {
  readonly entry: CatalogueEntry
  readonly submission: Submission
  readonly caller: Caller
  readonly resolve: (outcome: TaskOutcome) => void
  readonly reject: (error: unknown) => void
  /** Called when it stops waiting to be started. */
  onLeave?: () => void
}
