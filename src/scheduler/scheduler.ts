import { ProblemError } from '../errors.ts'
import type { ThreadStatus } from '../protocol/operators-api.ts'
import type { CatalogueEntry } from '../protocol/thread-messages.ts'
import { type FinalAnswer, type Submission, startLimitedRun } from './limited-run.ts'
import { RunCounter } from './run-counter.ts'
import { retryAfterSeconds, ServiceTime } from './service-time.ts'
import { TaskQueue } from './task-queue.ts'
import type { ThreadPool } from './thread-pool.ts'

export interface TaskOutcome {
  readonly answer: FinalAnswer
  /** Milliseconds from the submission to the start on a thread. */
  readonly queueMs: number
  /** Milliseconds from there to the answer. */
  readonly runMs: number
}

/** The door to the threads: admits or refuses, keeps what waits in order, gives each free thread one task. */
export class Scheduler {
  readonly #pool: ThreadPool
  readonly #queue: TaskQueue<PendingRun>
  readonly #serviceTime = new ServiceTime()
  readonly #running = new Set<RunningTask>()
  /** Runs that have ended, other than those whose callers have gone. */
  readonly runCounter = new RunCounter()

  constructor(pool: ThreadPool, options: { readonly queueMax: number }) {
    this.#pool = pool
    this.#queue = new TaskQueue(options.queueMax)
    pool.onThreadFree(() => this.#startPending())
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

  /** @throws {ProblemError} `QUEUE_FULL` where {@link run} would refuse: a body need not be read for that */
  assertAdmits(): void {
    if (!this.#canStart() && this.#queue.saturated) throw this.#queueFull()
  }

  /**
   * Runs a task on a thread, now or when one is free.
   *
   * @param signal aborted when the caller has gone: what waits is dropped, what runs is stopped
   * @returns what the task answered, its own errors included
   * @throws {ProblemError} `QUEUE_FULL`, `TASK_TIMEOUT`, `TASK_CRASHED` or `TASK_OUT_OF_MEMORY`
   * @throws the signal's reason once it is aborted
   */
  async run(task: CatalogueEntry, submission: Submission, signal: AbortSignal): Promise<TaskOutcome> {
    signal.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<TaskOutcome>()
    const pending = { task, submission, signal, submittedAt: performance.now(), resolve, reject }
    if (this.#canStart()) this.#start(pending)
    else this.#enqueue(pending)
    return promise
  }

  /** Nothing overtakes what is already waiting. */
  #canStart(): boolean {
    return this.#queue.size === 0 && this.#pool.freeThreads() > 0
  }

  #enqueue(pending: PendingRun): void {
    if (!this.#queue.push(pending)) throw this.#queueFull()
    const { signal, reject } = pending
    signal.addEventListener('abort', () => this.#queue.remove(pending) && reject(signal.reason), {
      once: true,
    })
  }

  #startPending(): void {
    while (this.#pool.freeThreads() > 0) {
      const pending = this.#queue.shift()
      if (pending === undefined) return
      this.#start(pending)
    }
  }

  #start({ task, submission, signal, submittedAt, resolve, reject }: PendingRun): void {
    const startedAt = performance.now()
    const run = startLimitedRun(this.#pool, task, submission, signal)
    const running = { task, startedAt, threadId: run.threadId }
    this.#running.add(running)
    run.answer.then(
      (answer) => {
        const runMs = performance.now() - startedAt
        this.runCounter.record(runMs, answer.kind === 'succeeded' ? 'completed' : 'failed')
        resolve({ answer, queueMs: startedAt - submittedAt, runMs })
      },
      (error: unknown) => {
        if (!signal.aborted) this.runCounter.record(performance.now() - startedAt, 'failed')
        reject(error)
      },
    )
    void run.released.then(() => {
      this.#running.delete(running)
      this.#serviceTime.record(performance.now() - startedAt)
    })
  }

  #queueFull(): ProblemError {
    const seconds = retryAfterSeconds(
      this.#queue.size + this.#running.size,
      this.#pool.size,
      this.#serviceTime.meanMs,
    )
    return new ProblemError(
      'QUEUE_FULL',
      `Cannot take the request: ${this.#queue.size} are waiting already`,
      {
        headers: { 'Retry-After': String(seconds) },
        details: { retryAfterSeconds: seconds },
      },
    )
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
interface PendingRun {
  readonly task: CatalogueEntry
  readonly submission: Submission
  readonly signal: AbortSignal
  /** On the clock of `performance.now()`. */
  readonly submittedAt: number
  readonly resolve: (outcome: TaskOutcome) => void
  readonly reject: (error: unknown) => void
}
