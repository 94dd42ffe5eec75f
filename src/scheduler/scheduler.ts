import { ProblemError } from '../errors.ts'
import type { ThreadStatus } from '../protocol/operators-api.ts'
import type { CatalogueEntry } from '../protocol/thread-messages.ts'
import { refusalOf, safeWaitMs } from './admission.ts'
import { bulkheadAllows } from './bulkhead.ts'
import { type FinalAnswer, type Submission, startLimitedRun } from './limited-run.ts'
import { MemoryBudget, type MemoryLease } from './memory-budget.ts'
import { mayNotWait, memoryFull, waitedTooLong } from './refusals.ts'
import { Retries } from './retry-policy.ts'
import { RunCounter } from './run-counter.ts'
import { ServiceTimes } from './service-time.ts'
import type { ThreadPool } from './thread-pool.ts'
import { type RunningTask, threadStatus } from './thread-status.ts'
import { type Waiting, WaitingRuns } from './waiting-runs.ts'

export interface TaskOutcome {
  readonly answer: FinalAnswer
  /** Milliseconds from the submission to the start on a thread. */
  readonly queueMs: number
  /** Milliseconds from there to the answer. */
  readonly runMs: number
  /** Runs that were begun, 1 where the first one answered. */
  readonly attempts: number
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
  /** Called when the input is with a thread and nothing of it is kept here any more. */
  readonly onInputGone?: () => void
}

/** The door to the threads: admits or refuses, keeps what waits in order, gives each free thread one task. */
export class Scheduler {
  readonly #pool: ThreadPool
  readonly #reservedThreads: number
  readonly #waiting: WaitingRuns<PendingRun>
  readonly #serviceTimes = new ServiceTimes()
  readonly #running = new Set<RunningTask>()
  readonly #retries = new Retries()
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
    const useOf = (id: number) => this.#pool.threadUse(id)
    return threadStatus(this.#pool.threadIds(), [...this.#running], useOf, performance.now())
  }

  /**
   * Refuses what {@link run} would refuse, so that its body need not be read.
   *
   * @param bytes of the body, 0 where that is not known
   * @throws {ProblemError} `QUEUE_FULL`, `WOULD_MISS_DEADLINE`
   */
  assertAdmits(task: CatalogueEntry, { client, deadline }: Omit<Caller, 'signal'>, bytes: number): void {
    if (!this.memory.hasRoomFor(bytes)) throw memoryFull(this.memory)
    if (!this.#canStart(task)) this.#assertMayWait(task, client, this.#waitLimitMs(task, deadline))
  }

  /** Memory for a body that is about to arrive. */
  lease(): MemoryLease {
    return this.memory.lease()
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
      attempts: 0,
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
    const timer = setTimeout(() => drop(waitedTooLong(entry.name, limitMs)), limitMs)
    const onAbort = () => drop(caller.signal.reason)
    caller.signal.addEventListener('abort', onAbort, { once: true })
    pending.onLeave = () => {
      clearTimeout(timer)
      caller.signal.removeEventListener('abort', onAbort)
    }
  }

  /** A run that died under its task: another one after a pause, if the task, the budget and the caller allow it. */
  #retryOrReject(pending: PendingRun, error: unknown): void {
    const { entry, attempts, caller } = pending
    const pauseMs = this.#retries.pauseBefore({ task: entry, attempts, error })
    const comesInTime = pauseMs !== undefined && pauseMs < patienceMs(caller.deadline)
    if (!comesInTime || caller.signal.aborted) {
      pending.reject(error)
      return
    }
    setTimeout(() => {
      if (caller.signal.aborted) pending.reject(caller.signal.reason)
      else this.#startOrEnqueue(pending, error)
    }, pauseMs)
  }

  /** @param error what its caller is told where the queue does not take it */
  #startOrEnqueue(pending: PendingRun, error: unknown): void {
    try {
      if (this.#canStart(pending.entry)) this.#start(pending)
      else this.#enqueue(pending)
    } catch {
      pending.reject(error)
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
    if (refusal) throw mayNotWait(refusal, this.#waiting.size, Math.floor(safeMs))
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

  #start(pending: PendingRun): void {
    const { entry, submission, caller, arrivedAt, resolve } = pending
    pending.attempts += 1
    const startedAt = performance.now()
    const timeMs = runLimitMs(entry, caller.deadline)
    const limited = { ...entry, limits: { ...entry.limits, timeMs } }
    const run = startLimitedRun(this.#pool, limited, submission, caller.signal)
    if (entry.retry === undefined) caller.onInputGone?.()
    const running = { task: entry, startedAt, threadId: run.threadId }
    this.#running.add(running)
    let cutShort = false
    run.answer.then(
      (answer) => {
        const runMs = performance.now() - startedAt
        this.runCounter.record(runMs, answer.kind === 'succeeded' ? 'completed' : 'failed')
        this.#retries.recordSuccess()
        resolve({ answer, queueMs: startedAt - arrivedAt, runMs, attempts: pending.attempts })
      },
      (error: unknown) => {
        cutShort = caller.signal.aborted || (error instanceof ProblemError && error.code === 'TASK_TIMEOUT')
        if (!caller.signal.aborted) this.runCounter.record(performance.now() - startedAt, 'failed')
        this.#retryOrReject(pending, error)
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

/** A request that has been submitted and not yet started. */
interface PendingRun extends Waiting {
  readonly entry: CatalogueEntry
  readonly submission: Submission
  readonly caller: Caller
  /** Runs that were begun. */
  attempts: number
  readonly resolve: (outcome: TaskOutcome) => void
  readonly reject: (error: unknown) => void
  /** Called when it stops waiting to be started. */
  onLeave?: () => void
}
