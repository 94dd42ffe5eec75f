import type { CatalogueEntry } from '../protocol/thread-messages.ts'
import type { FinalAnswer } from './limited-run.ts'
import type { PendingRun } from './pending-run.ts'
import type { RunningTasks } from './running-tasks.ts'
import { worthSharing } from './sharing-policy.ts'
import type { Siblings } from './siblings.ts'

export interface SharedRunsOptions {
  readonly siblings: Siblings
  readonly running: RunningTasks
  /** Threads of this process that are free, though perhaps not for every task. */
  readonly freeThreads: () => number
  /** No sibling has begun it. */
  readonly onNotBegun: (pending: PendingRun) => void
  readonly onAnswered: (pending: PendingRun, answer: FinalAnswer, pid: number) => void
  readonly onFailed: (pending: PendingRun, error: unknown) => void
}

/** Runs that cannot start here and are carried out by a sibling process with a free thread. */
export class SharedRuns {
  readonly #options: SharedRunsOptions

  constructor(options: SharedRunsOptions) {
    this.#options = options
  }

  /** Whether a sibling has a free thread on which a task would begin sooner than here. */
  isWorthIt(task: CatalogueEntry, bytes: number): boolean {
    const { siblings, running, freeThreads } = this.#options
    if (siblings.freeThreads() <= 0) return false
    const isHeldBack = freeThreads() > 0
    const expectedWaitMs = isHeldBack ? running.expectedMs(task) : running.firstEndsInMs()
    return worthSharing({ expectedWaitMs, bytes })
  }

  /**
   * Tries a sibling. What becomes of it is told to the callbacks and to the request's own caller.
   *
   * @returns false where none has a thread free, and then nothing has been tried
   */
  offer(pending: PendingRun): boolean {
    const { siblings, onNotBegun, onAnswered, onFailed } = this.#options
    const { entry, submission, caller } = pending
    const { deadline, signal } = caller
    const shared = siblings.offer(entry, submission, { signal, ...(deadline !== undefined && { deadline }) })
    if (shared === undefined) return false
    void shared.begun.then((begun) => {
      if (!begun) {
        onNotBegun(pending)
        return
      }
      pending.timeline.begin('run')
      shared.answer.then(
        (answer) => onAnswered(pending, answer, shared.pid),
        (error: unknown) => onFailed(pending, error),
      )
    })
    return true
  }
}
