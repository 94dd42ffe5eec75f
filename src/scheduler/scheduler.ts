import { ProblemError } from '../errors.ts'
import type { CatalogueEntry } from '../protocol/thread-messages.ts'
import { type FinalAnswer, type Submission, startLimitedRun } from './limited-run.ts'
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
  #running = 0

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
    return this.#running
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
    this.#running += 1
    run.answer.then((answer) => {
      resolve({ answer, queueMs: startedAt - submittedAt, runMs: performance.now() - startedAt })
    }, reject)
    void run.released.then(() => {
      this.#running -= 1
      this.#serviceTime.record(performance.now() - startedAt)
    })
  }

  #queueFull(): ProblemError {
    const seconds = retryAfterSeconds(
      this.#queue.size + this.#running,
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
