import type { CatalogueEntry } from '../protocol/thread-messages.ts'
import type { FinalAnswer, Submission } from './limited-run.ts'

/** The other HTTP processes of the cluster, as the scheduler needs them. */
export interface Siblings {
  /** Tells them what could be done here. To be called whenever that may have changed. */
  announce(load: { readonly freeThreads: number; readonly queued: number }): void
  /** Threads that they could give at this moment: near the truth, and no promise. */
  freeThreads(): number
  /**
   * Asks the one with the most free threads to run a task. The submission stays the caller's.
   *
   * @returns undefined where none is free any more: they change without asking us
   */
  offer(task: CatalogueEntry, submission: Submission, caller: SharedCaller): SharedRun | undefined
}

export interface SharedCaller {
  /** Aborted when the caller has gone: the sibling stops the run. */
  readonly signal: AbortSignal
  /** On the clock of `performance.now()`. */
  readonly deadline?: number
}

/** A run that was offered to a sibling. */
export interface SharedRun {
  /** Resolves with false where the sibling does not take it, and then nothing has run. Never rejects. */
  readonly begun: Promise<boolean>
  /**
   * What the sibling answered, once it has begun. Rejects with the `ProblemError` that the run ended with
   * there, with `TASK_CRASHED` where the sibling died under it, and with the signal's reason where the
   * caller has gone.
   */
  readonly answer: Promise<FinalAnswer>
  /** Process id of the sibling. */
  readonly pid: number
}

/** For a process that is alone. */
export const noSiblings: Siblings = {
  announce: () => {},
  freeThreads: () => 0,
  offer: () => undefined,
}
