import { countedMetrics } from '../observability/metrics/metric-table.ts'
import { Meters } from '../observability/metrics/meters.ts'
import type { CancelReason, ThreadStatus } from '../protocol/operators-api.ts'
import type { CatalogueEntry } from '../protocol/thread-messages.ts'
import { bulkheadAllows } from './bulkhead.ts'
import { Cancellations } from './cancellations.ts'
import { ExpectedWait } from './expected-wait.ts'
import type { FinalAnswer, Submission } from './limited-run.ts'
import { LocalRuns } from './local-runs.ts'
import { MemoryBudget, type MemoryLease } from './memory-budget.ts'
import { type Caller, patienceMs, type PendingRun, pendingRun, type TaskOutcome } from './pending-run.ts'
import { waitedTooLong } from './refusals.ts'
import { Retries } from './retry-policy.ts'
import { RunCounter } from './run-counter.ts'
import { RunningTasks } from './running-tasks.ts'
import { SharedRuns } from './shared-runs.ts'
import { noSiblings, type Siblings } from './siblings.ts'
import type { ThreadPool } from './thread-pool.ts'
import { WaitingRuns } from './waiting-runs.ts'

export interface SchedulerOptions {
  readonly queueMax: number
  readonly queueMaxBytes: number
  readonly reservedThreads: number
}

export interface SchedulerSurroundings {
  /** Starts what the pool has room for: the pool itself, or somebody who watches it. */
  readonly threads?: Pick<ThreadPool, 'start'>
  readonly siblings?: Siblings
  readonly meters?: Meters
}

/** While something waits here, the siblings' free threads are looked at this often. */
const SIBLINGS_INTERVAL_MS = 2

/** The door to the threads: admits or refuses, keeps what waits in order, gives each free thread one task. */
export class Scheduler {
  readonly #pool: ThreadPool
  readonly #siblings: Siblings
  readonly #reservedThreads: number
  readonly #waiting: WaitingRuns<PendingRun>
  readonly #running = new RunningTasks()
  readonly #expectedWait: ExpectedWait
  readonly #localRuns: LocalRuns
  readonly #sharedRuns: SharedRuns
  readonly #retries = new Retries()
  readonly #meters: Meters
  #siblingsTimer: NodeJS.Timeout | undefined
  /** Runs that have ended, other than those whose callers have gone. */
  readonly runCounter = new RunCounter()
  /** Requests that were given up, by reason and by how far they had come. */
  readonly cancellations: Cancellations
  /** What bodies hold that are being read or wait, and answers that are not written out. */
  readonly memory: MemoryBudget

  constructor(
    pool: ThreadPool,
    options: SchedulerOptions,
    { threads = pool, siblings = noSiblings, meters = new Meters(undefined) }: SchedulerSurroundings = {},
  ) {
    this.#meters = meters
    this.cancellations = new Cancellations(meters)
    this.#pool = pool
    this.#siblings = siblings
    this.#reservedThreads = options.reservedThreads
    this.#waiting = new WaitingRuns(options.queueMax)
    this.memory = new MemoryBudget(options.queueMaxBytes)
    this.#expectedWait = new ExpectedWait(this.#running, this.#waiting, pool.size)
    const common = {
      running: this.#running,
      onAnswered: (pending: PendingRun, answer: FinalAnswer, sibling?: number) =>
        this.#answer(pending, answer, sibling),
      onFailed: (pending: PendingRun, error: unknown) => this.#retryOrReject(pending, error),
    }
    const { runCounter, cancellations } = this
    this.#localRuns = new LocalRuns({
      ...common,
      threads,
      runCounter,
      cancellations,
      onReleased: () => this.#startPending(),
    })
    this.#sharedRuns = new SharedRuns({
      ...common,
      siblings,
      freeThreads: () => pool.freeThreads(),
      onNotBegun: (pending) => this.#takeBack(pending),
    })
    pool.onThreadFree(() => this.#startPending())
    this.#announce()
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
    return this.#running.threads(this.#pool)
  }

  /** Whether a task could start on a thread of this process at this moment. */
  canStart(task: CatalogueEntry): boolean {
    // Whatever waits could not start either, or it would have.
    return this.#pool.freeThreads() > 0 && this.#bulkheadAllows(task)
  }

  /**
   * Refuses what {@link run} would refuse, so that its body need not be read.
   *
   * @param bytes of the body, 0 where that is not known
   * @throws {ProblemError} `QUEUE_FULL`, `WOULD_MISS_DEADLINE`
   */
  assertAdmits(task: CatalogueEntry, { client, deadline }: Omit<Caller, 'signal'>, bytes: number): void {
    const full = this.memory.refusalOf(client, bytes)
    if (full) throw full
    if (this.canStart(task) || this.#sharedRuns.isWorthIt(task, bytes)) return
    const refusal = this.#expectedWait.refusal(task, client, this.#expectedWait.limitMs(task, deadline))
    if (refusal) throw refusal
  }

  /** Memory for a body that is about to arrive. */
  lease(): MemoryLease {
    return this.memory.lease()
  }

  /**
   * Runs a task on a thread, here or in a sibling process, now or when it is its turn.
   *
   * @returns what the task answered, its own errors included
   * @throws {ProblemError} `QUEUE_FULL`, `WOULD_MISS_DEADLINE`, `QUEUE_TIMEOUT`, `TASK_TIMEOUT`,
   *   `TASK_CRASHED` or `TASK_OUT_OF_MEMORY`
   * @throws the signal's reason once it is aborted
   */
  async run(task: CatalogueEntry, submission: Submission, caller: Caller): Promise<TaskOutcome> {
    caller.signal.throwIfAborted()
    const { pending, outcome } = pendingRun(task, submission, caller, this.#running.expectedMs(task))
    if (this.canStart(task)) this.#start(pending)
    else if (!this.#shareAtOnce(pending)) this.#enqueue(pending)
    return outcome
  }

  /**
   * Runs a task for a sibling: on a thread of this process and at once. To be called only where
   * {@link canStart} says so. It is not tried again: whether to do that is for the sibling to say.
   *
   * @throws as {@link run} does
   */
  async runAtOnce(task: CatalogueEntry, submission: Submission, caller: Caller): Promise<TaskOutcome> {
    const { retry: _, ...once } = task
    const { pending, outcome } = pendingRun(once, submission, caller, this.#running.expectedMs(task))
    this.#start(pending)
    return outcome
  }

  #bulkheadAllows(task: CatalogueEntry): boolean {
    return bulkheadAllows(task.priority, this.#running.occupation(task, this.#pool.size), {
      maxConcurrency: task.maxConcurrency,
      reservedThreads: this.#reservedThreads,
    })
  }

  #enqueue(pending: PendingRun): void {
    const { entry, client, caller } = pending
    const limitMs = this.#expectedWait.limitMs(entry, caller.deadline)
    const refusal = this.#expectedWait.refusal(entry, client, limitMs)
    if (refusal) throw refusal
    pending.waitLimitMs = limitMs
    pending.waitUntil = performance.now() + limitMs
    this.#waiting.push(pending)
    this.#watch(pending)
    this.#shareWaiting()
  }

  /** Drops what waits once its time is over or its caller has gone. */
  #watch(pending: PendingRun): void {
    const { entry, caller, reject, waitUntil = 0, waitLimitMs = 0 } = pending
    const drop = (reason: CancelReason, error: unknown) => {
      if (!this.#waiting.remove(pending)) return
      pending.onLeave?.()
      this.cancellations.record(reason, 'queued')
      reject(error)
    }
    const onTimeOver = () => drop('time-limit', waitedTooLong(entry.name, waitLimitMs))
    const timer = setTimeout(onTimeOver, Math.max(1, waitUntil - performance.now()))
    const onAbort = () => drop('caller-gone', caller.signal.reason)
    caller.signal.addEventListener('abort', onAbort, { once: true })
    pending.onLeave = () => {
      clearTimeout(timer)
      caller.signal.removeEventListener('abort', onAbort)
    }
  }

  /** A run that died under its task: another one after a pause, if the task, the budget and the caller allow it. */
  #retryOrReject(pending: PendingRun, error: unknown): void {
    const { entry, timeline, caller } = pending
    const pauseMs = this.#retries.pauseBefore({ task: entry, attempts: timeline.attempts, error })
    const comesInTime = pauseMs !== undefined && pauseMs < patienceMs(caller.deadline)
    if (!comesInTime || caller.signal.aborted) {
      pending.reject(error)
      return
    }
    this.#meters.count(countedMetrics.taskRetries, [entry.name])
    timeline.begin('queue')
    setTimeout(() => {
      if (caller.signal.aborted) pending.reject(caller.signal.reason)
      else this.#startOrEnqueue(pending, error)
    }, pauseMs)
  }

  /** @param error what its caller is told where the queue does not take it; without one the queue's own */
  #startOrEnqueue(pending: PendingRun, error?: unknown): void {
    try {
      if (this.canStart(pending.entry)) this.#start(pending)
      else this.#enqueue(pending)
    } catch (refusal) {
      pending.reject(error ?? refusal)
    }
  }

  #startPending(): void {
    while (this.#pool.freeThreads() > 0) {
      const pending = this.#waiting.shift(performance.now(), ({ entry }) => this.#bulkheadAllows(entry))
      if (pending === undefined) break
      pending.onLeave?.()
      this.#start(pending)
    }
    this.#shareWaiting()
  }

  /** Without a place in the queue, where nobody has one. */
  #shareAtOnce(pending: PendingRun): boolean {
    return this.#waiting.size === 0 && this.#isWorthSharing(pending) && this.#sharedRuns.offer(pending)
  }

  /** Offers what waits to siblings that have free threads: now and, while something waits, again and again. */
  #shareWaiting(): void {
    while (this.#waiting.size > 0 && this.#siblings.freeThreads() > 0) {
      const pending = this.#waiting.shift(performance.now(), (each) => this.#isWorthSharing(each))
      if (pending === undefined) break
      if (!this.#sharedRuns.offer(pending)) {
        this.#waiting.putBack(pending)
        break
      }
      pending.onLeave?.()
    }
    this.#announce()
    if (this.#waiting.size === 0 || this.#siblings === noSiblings || this.#siblingsTimer) return
    this.#siblingsTimer = setTimeout(() => {
      this.#siblingsTimer = undefined
      this.#shareWaiting()
    }, SIBLINGS_INTERVAL_MS)
  }

  #isWorthSharing({ entry, submission }: PendingRun): boolean {
    return this.#sharedRuns.isWorthIt(entry, submission.body.byteLength)
  }

  /** No sibling has begun it: it goes back to where it stood, or waits now, if it may. */
  #takeBack(pending: PendingRun): void {
    const { caller, entry, reject, waitUntil } = pending
    if (caller.signal.aborted) {
      this.cancellations.record('caller-gone', 'queued')
      reject(caller.signal.reason)
    } else if (waitUntil === undefined || this.canStart(entry)) {
      this.#startOrEnqueue(pending)
    } else {
      this.#waiting.putBack(pending)
      this.#watch(pending)
      this.#shareWaiting()
    }
  }

  #answer(pending: PendingRun, answer: FinalAnswer, sibling?: number): void {
    this.#retries.recordSuccess()
    const bytes = answer.kind === 'succeeded' ? answer.body.byteLength : 0
    const release = this.memory.holdAnswer(pending.caller.client, bytes)
    pending.answer({ answer, sibling, release })
  }

  #announce(): void {
    this.#siblings.announce({ freeThreads: this.#pool.freeThreads(), queued: this.#waiting.size })
  }

  #start(pending: PendingRun): void {
    const full = this.memory.refusalOf(pending.caller.client)
    if (full) {
      pending.reject(full)
      return
    }
    this.#localRuns.start(pending)
    this.#announce()
  }
}
