import type { ProblemError } from '../errors.ts'
import type { CancelReason } from '../protocol/operators-api.ts'
import type { CatalogueEntry } from '../protocol/thread-messages.ts'
import type { Cancellations } from './cancellations.ts'
import { ExpectedWait } from './expected-wait.ts'
import type { Caller, PendingRun } from './pending-run.ts'
import { waitedTooLong } from './refusals.ts'
import type { RunningTasks } from './running-tasks.ts'
import { WaitingRuns } from './waiting-runs.ts'

export interface RunQueueOptions {
  readonly limit: number
  /** Threads of this process. */
  readonly threads: number
  readonly running: RunningTasks
  readonly cancellations: Cancellations
}

/**
 * The requests that wait for a thread: who would wait for nothing is refused at once, and who waits
 * leaves by itself when its time is over or its caller has gone.
 */
export class RunQueue {
  readonly #waiting: WaitingRuns<PendingRun>
  readonly #expectedWait: ExpectedWait
  readonly #cancellations: Cancellations

  constructor({ limit, threads, running, cancellations }: RunQueueOptions) {
    this.#waiting = new WaitingRuns(limit)
    this.#expectedWait = new ExpectedWait(running, this.#waiting, threads)
    this.#cancellations = cancellations
  }

  get size(): number {
    return this.#waiting.size
  }

  /** Why {@link push} would refuse a request; undefined where it would not. */
  refusal(
    task: CatalogueEntry,
    { client, deadline }: Pick<Caller, 'client' | 'deadline'>,
  ): ProblemError | undefined {
    return this.#expectedWait.refusal(task, client, this.#expectedWait.limitMs(task, deadline))
  }

  /** @throws {ProblemError} `QUEUE_FULL`, `WOULD_MISS_DEADLINE` */
  push(pending: PendingRun): void {
    const { entry, client, caller } = pending
    const limitMs = this.#expectedWait.limitMs(entry, caller.deadline)
    const refusal = this.#expectedWait.refusal(entry, client, limitMs)
    if (refusal) throw refusal
    this.#waiting.push(pending)
    this.#watch(pending, limitMs, performance.now() + limitMs)
  }

  /**
   * Takes out the next one.
   *
   * @param mayRun whether it could start now; asked about one request of each task
   */
  shift(mayRun: (pending: PendingRun) => boolean): PendingRun | undefined {
    const pending = this.#waiting.shift(performance.now(), mayRun)
    pending?.wait?.stopWatching()
    return pending
  }

  /**
   * Puts one back that {@link shift} took out and that could not be run after all: where it stood before,
   * and with what is left of its time.
   *
   * @returns false for a request that has never waited, and then nothing was added
   */
  putBack(pending: PendingRun): boolean {
    const { wait } = pending
    if (wait === undefined) return false
    this.#waiting.putBack(pending)
    this.#watch(pending, wait.limitMs, wait.until)
    return true
  }

  #watch(pending: PendingRun, limitMs: number, until: number): void {
    const { entry, caller, reject } = pending
    const drop = (reason: CancelReason, error: unknown) => {
      if (!this.#waiting.remove(pending)) return
      stopWatching()
      this.#cancellations.record(reason, 'queued')
      reject(error)
    }
    const onTimeOver = () => drop('time-limit', waitedTooLong(entry.name, limitMs))
    const timer = setTimeout(onTimeOver, Math.max(1, until - performance.now()))
    const onAbort = () => drop('caller-gone', caller.signal.reason)
    caller.signal.addEventListener('abort', onAbort, { once: true })
    const stopWatching = () => {
      clearTimeout(timer)
      caller.signal.removeEventListener('abort', onAbort)
    }
    pending.wait = { limitMs, until, stopWatching }
  }
}
