import type { CatalogueEntry } from '../protocol/thread-messages.ts'
import type { FinalAnswer } from './limited-run.ts'
import type { PendingRun } from './pending-run.ts'
import type { RunningTasks } from './running-tasks.ts'
import type { RunQueue } from './run-queue.ts'
import { lookIntervalMs, worthSharing } from './sharing-policy.ts'
import { noSiblings, type Siblings } from './siblings.ts'

export interface SharedRunsOptions {
  readonly siblings: Siblings
  readonly running: RunningTasks
  readonly queue: Pick<RunQueue, 'size' | 'shift' | 'putBack'>
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
  #nextLook: NodeJS.Timeout | undefined

  constructor(options: SharedRunsOptions) {
    this.#options = options
  }

  /** Whether a sibling has a free thread on which a task would begin sooner than here. */
  isWorthIt(task: CatalogueEntry, bytes: number): boolean {
    const { siblings, running, freeThreads } = this.#options
    const isHeldBack = freeThreads() > 0
    const expectedWaitMs = isHeldBack ? running.expectedMs(task) : running.firstEndsInMs()
    return worthSharing({ expectedWaitMs, bytes }) && siblings.freeThreads() > 0
  }

  /** Tells the siblings what could be done here. To be called whenever that may have changed. */
  announce(): void {
    const { siblings, queue, freeThreads } = this.#options
    siblings.announce({ freeThreads: freeThreads(), queued: queue.size })
  }

  /**
   * Offers a new request without a place in the queue, where nobody has one. What becomes of it is told
   * to the callbacks and to the request's own caller.
   *
   * @returns false where it has to wait, and then nothing has been tried
   */
  offerAtOnce(pending: PendingRun): boolean {
    return this.#options.queue.size === 0 && this.#isWorthSharing(pending) && this.#offer(pending)
  }

  /** Offers what waits to siblings that have free threads: now and, while something waits, again and again. */
  offerWaiting(): void {
    const { siblings, running, queue } = this.#options
    while (queue.size > 0 && this.#mayBeWorthIt() && siblings.freeThreads() > 0) {
      const pending = queue.shift((each) => this.#isWorthSharing(each))
      if (pending === undefined) break
      if (!this.#offer(pending)) {
        queue.putBack(pending)
        break
      }
    }
    this.announce()
    if (queue.size === 0 || siblings === noSiblings || this.#nextLook) return
    this.#nextLook = setTimeout(() => {
      this.#nextLook = undefined
      this.offerWaiting()
    }, lookIntervalMs(running.meanMs()))
  }

  /** False where no task at all would be: those that are over at once are not even looked for. */
  #mayBeWorthIt(): boolean {
    const { running, freeThreads } = this.#options
    return freeThreads() > 0 || worthSharing({ expectedWaitMs: running.firstEndsInMs(), bytes: 0 })
  }

  #isWorthSharing({ entry, submission }: PendingRun): boolean {
    return this.isWorthIt(entry, submission.body.byteLength)
  }

  /** @returns false where none has a thread free, and then nothing has been tried */
  #offer(pending: PendingRun): boolean {
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
