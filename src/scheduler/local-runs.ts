import type { Cancellations } from './cancellations.ts'
import { type FinalAnswer, startLimitedRun } from './limited-run.ts'
import { patienceMs, type PendingRun } from './pending-run.ts'
import type { RunCounter } from './run-counter.ts'
import type { RunningTasks } from './running-tasks.ts'
import type { ThreadPool } from './thread-pool.ts'

export interface LocalRunsOptions {
  readonly threads: Pick<ThreadPool, 'start'>
  readonly running: RunningTasks
  readonly runCounter: RunCounter
  readonly cancellations: Cancellations
  readonly onAnswered: (pending: PendingRun, answer: FinalAnswer) => void
  readonly onFailed: (pending: PendingRun, error: unknown) => void
  /** Called when the thread of a run is free again, or another one in its place. */
  readonly onReleased: () => void
}

/** Runs on the threads of this process. */
export class LocalRuns {
  readonly #options: LocalRunsOptions

  constructor(options: LocalRunsOptions) {
    this.#options = options
  }

  /** To be called only while a thread is free. What becomes of the run is told to the callbacks. */
  start(pending: PendingRun): void {
    const { threads, running, runCounter, cancellations, onAnswered, onFailed, onReleased } = this.#options
    const { entry, submission, caller } = pending
    const startedAt = performance.now()
    pending.timeline.begin('run', startedAt)
    const timeMs = Math.min(entry.limits.timeMs, patienceMs(caller.deadline))
    const limited = { ...entry, limits: { ...entry.limits, timeMs } }
    const run = startLimitedRun(threads, limited, submission, caller.signal)
    if (entry.retry === undefined) caller.onInputGone?.()
    const own = running.begin(entry, run.threadId)
    run.answer.then(
      (answer) => {
        const outcome = answer.kind === 'succeeded' ? 'completed' : 'failed'
        runCounter.record(performance.now() - startedAt, outcome)
        onAnswered(pending, answer)
      },
      (error: unknown) => {
        if (!caller.signal.aborted) runCounter.record(performance.now() - startedAt, 'failed')
        onFailed(pending, error)
      },
    )
    void run.released.then((stage) => {
      running.end(own, stage !== undefined)
      if (stage) cancellations.record(caller.signal.aborted ? 'caller-gone' : 'time-limit', stage)
      onReleased()
    })
  }
}
