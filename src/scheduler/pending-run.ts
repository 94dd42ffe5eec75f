import { Timeline } from '../observability/timeline.ts'
import type { CatalogueEntry } from '../protocol/thread-messages.ts'
import type { FinalAnswer, Submission } from './limited-run.ts'
import type { Waiting } from './waiting-runs.ts'

/** Who asks, and how long they wait. */
export interface Caller {
  /** Aborted when the caller has gone: what waits is dropped, what runs is stopped. */
  readonly signal: AbortSignal
  /** Requests of one client stand behind each other. */
  readonly client: string
  /** When the caller wants its answer, on the clock of `performance.now()`; shortens the limits of the task, never lengthens them. */
  readonly deadline?: number
  /** Called when the input is with a thread and nothing of it is kept here any more. */
  readonly onInputGone?: () => void
  /** Where the phases `queue`, `run` and `encode` are written down; what is under way when the run rejects is the caller's to end. */
  readonly timeline?: Timeline
}

export interface TaskOutcome {
  readonly answer: FinalAnswer
  /** Runs that were begun, 1 where the first one answered. */
  readonly attempts: number
  /** Process id of the sibling that ran it; undefined where it ran here. */
  readonly sibling: number | undefined
  /** Gives back the memory that the answer holds; to be called once, when it is written out or nobody wants it. */
  readonly release: () => void
}

/** A request that has been submitted and not yet answered. */
export interface PendingRun extends Waiting {
  readonly entry: CatalogueEntry
  readonly submission: Submission
  readonly caller: Caller
  readonly timeline: Timeline
  readonly reject: (error: unknown) => void
  readonly answer: (given: Pick<TaskOutcome, 'answer' | 'sibling' | 'release'>) => void
  /** While it waits, and when it has waited: the queue's. */
  wait: Wait | undefined
}

interface Wait {
  /** How long it may wait. */
  readonly limitMs: number
  /** Until when, on the clock of `performance.now()`. */
  readonly until: number
  /** To be called when it no longer waits. */
  readonly stopWatching: () => void
}

/** @param expectedMs what the run is expected to take */
export function pendingRun(
  entry: CatalogueEntry,
  submission: Submission,
  caller: Caller,
  expectedMs: number,
): { pending: PendingRun; outcome: Promise<TaskOutcome> } {
  const { promise: outcome, resolve, reject } = Promise.withResolvers<TaskOutcome>()
  const arrivedAt = performance.now()
  const timeline = caller.timeline ?? new Timeline(arrivedAt)
  timeline.begin('queue', arrivedAt)
  const pending: PendingRun = {
    task: entry.name,
    priority: entry.priority,
    client: caller.client,
    entry,
    submission,
    caller,
    expectedMs,
    arrivedAt,
    timeline,
    wait: undefined,
    reject,
    answer: (given) => {
      timeline.endRun(given.answer.kind === 'succeeded' ? given.answer.encodeMs : 0)
      resolve({ ...given, attempts: timeline.attempts })
    },
  }
  return { pending, outcome }
}

/** What is left of the time in which a caller wants its answer, at least 1. */
export function patienceMs(deadline = Number.POSITIVE_INFINITY): number {
  return Math.max(1, Math.round(deadline - performance.now()))
}
