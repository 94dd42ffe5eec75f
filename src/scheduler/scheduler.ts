import { countedMetrics } from '../observability/metrics/metric-table.ts'
import { Meters } from '../observability/metrics/meters.ts'
import type { ThreadStatus } from '../protocol/operators-api.ts'
import type { CatalogueEntry } from '../protocol/thread-messages.ts'
import { bulkheadAllows } from './bulkhead.ts'
import { Cancellations } from './cancellations.ts'
import type { FinalAnswer, Submission } from './limited-run.ts'
import { LocalRuns } from './local-runs.ts'
import { MemoryBudget, type MemoryLease } from './memory-budget.ts'
import { type Caller, patienceMs, type PendingRun, pendingRun, type TaskOutcome } from './pending-run.ts'
import { Retries } from './retry-policy.ts'
import { RunCounter } from './run-counter.ts'
import { RunQueue } from './run-queue.ts'
import { RunningTasks } from './running-tasks.ts'
import { SharedRuns } from './shared-runs.ts'
import { noSiblings, type Siblings } from './siblings.ts'
import type { ThreadPool } from './thread-pool.ts'

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

/** The door to the threads: admits or refuses, lets wait or share, gives each free thread one task. */
export class Scheduler {
  readonly #pool: ThreadPool
  readonly #reservedThreads: number
  readonly #queue: RunQueue
  readonly #running = new RunningTasks()
  readonly #localRuns: LocalRuns
  readonly #sharedRuns: SharedRuns
  readonly #retries = new Retries()
  readonly #meters: Meters
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
    this.#reservedThreads = options.reservedThreads
    this.memory = new MemoryBudget(options.queueMaxBytes)
    const { runCounter, cancellations } = this
    this.#queue = new RunQueue({
      limit: options.queueMax,
      threads: pool.size,
      running: this.#running,
      cancellations,
    })
    const common = {
      running: this.#running,
      onAnswered: (pending: PendingRun, answer: FinalAnswer, sibling?: number) =>
        this.#answer(pending, answer, sibling),
      onFailed: (pending: PendingRun, error: unknown) => this.#retryOrReject(pending, error),
    }
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
      queue: this.#queue,
      freeThreads: () => pool.freeThreads(),
      onNotBegun: (pending) => this.#takeBack(pending),
    })
    pool.onThreadFree(() => this.#startPending())
    this.#sharedRuns.announce()
  }

  /** Requests that wait for a thread. */
  get queued(): number {
    return this.#queue.size
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
  assertAdmits(task: CatalogueEntry, caller: Omit<Caller, 'signal'>, bytes: number): void {
    const full = this.memory.refusalOf(caller.client, bytes)
    if (full) throw full
    if (this.canStart(task) || this.#sharedRuns.isWorthIt(task, bytes)) return
    const refusal = this.#queue.refusal(task, caller)
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
    else if (!this.#sharedRuns.offerAtOnce(pending)) this.#enqueue(pending)
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
    this.#queue.push(pending)
    this.#sharedRuns.offerWaiting()
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
    timeline.begin('queue')
    setTimeout(() => {
      if (caller.signal.aborted) {
        this.cancellations.record('caller-gone', 'queued')
        pending.reject(caller.signal.reason)
        return
      }
      this.#meters.count(countedMetrics.taskRetries, [entry.name])
      this.#startOrEnqueue(pending, error)
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
      const pending = this.#queue.shift(({ entry }) => this.#bulkheadAllows(entry))
      if (pending === undefined) break
      this.#start(pending)
    }
    this.#sharedRuns.offerWaiting()
  }

  /** No sibling has begun it: it goes back to where it stood, or waits now, if it may. */
  #takeBack(pending: PendingRun): void {
    const { caller, entry, reject } = pending
    if (caller.signal.aborted) {
      this.cancellations.record('caller-gone', 'queued')
      reject(caller.signal.reason)
    } else if (this.canStart(entry) || !this.#queue.putBack(pending)) {
      this.#startOrEnqueue(pending)
    } else {
      this.#sharedRuns.offerWaiting()
    }
  }

  #answer(pending: PendingRun, answer: FinalAnswer, sibling?: number): void {
    this.#retries.recordSuccess()
    const bytes = answer.kind === 'succeeded' ? answer.body.byteLength : 0
    const release = this.memory.holdAnswer(pending.caller.client, bytes)
    pending.answer({ answer, sibling, release })
  }

  #start(pending: PendingRun): void {
    const full = this.memory.refusalOf(pending.caller.client)
    if (full) {
      pending.reject(full)
      return
    }
    this.#localRuns.start(pending)
    this.#sharedRuns.announce()
  }
}
