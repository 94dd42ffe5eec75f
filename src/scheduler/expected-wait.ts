import type { ProblemError } from '../errors.ts'
import type { CatalogueEntry } from '../protocol/thread-messages.ts'
import { refusalOf, safeWaitMs } from './admission.ts'
import { patienceMs, type PendingRun } from './pending-run.ts'
import { mayNotWait } from './refusals.ts'
import type { RunningTasks } from './running-tasks.ts'
import type { WaitingRuns } from './waiting-runs.ts'

/** How long a request would wait for a thread, and whether it may. */
export class ExpectedWait {
  readonly #running: RunningTasks
  readonly #waiting: WaitingRuns<PendingRun>
  readonly #threads: number

  constructor(running: RunningTasks, waiting: WaitingRuns<PendingRun>, threads: number) {
    this.#running = running
    this.#waiting = waiting
    this.#threads = threads
  }

  /** A caller's patience has to last for the run as well: one begun at its end would be work for nobody. */
  limitMs(task: CatalogueEntry, deadline: number | undefined): number {
    const leftForWaiting = Math.round(patienceMs(deadline) - this.#running.expectedMs(task))
    return Math.min(task.limits.queueTimeoutMs, Math.max(1, leftForWaiting))
  }

  /** Why a request may not wait; undefined where it may. */
  refusal(task: CatalogueEntry, client: string, limitMs: number): ProblemError | undefined {
    const safeMs = safeWaitMs(limitMs)
    const ahead = this.#waiting.workAheadMs(task.priority, client, this.#running.expectedMs(task))
    const refusal = refusalOf({
      hasRoom: !this.#waiting.saturated,
      workAheadMs: this.#running.remainingMs() + ahead,
      threads: this.#threads,
      waitLimitMs: safeMs,
    })
    return refusal && mayNotWait(refusal, this.#waiting.size, Math.floor(safeMs))
  }
}
