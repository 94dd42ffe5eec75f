import type { Worker as NodeThread } from 'node:worker_threads'
import type { ThreadFigures, ThreadRestartReason } from '../protocol/operators-api.ts'
import type { RunControl } from '../protocol/run-control.ts'
import type { CatalogueEntry, TaskAnswer, TaskRequest } from '../protocol/thread-messages.ts'

/** The threads of one HTTP process, as the scheduler needs them. It never queues: a task starts at once or is not given. */
export interface ThreadPool {
  /** Threads that there should be. */
  readonly size: number
  /** What the threads said they can run. */
  readonly catalogue: readonly CatalogueEntry[]
  /** Threads that could start a task at this moment. One that was told to end counts until it has ended. */
  freeThreads(): number
  /** Threads that are up, busy or not. */
  liveThreads(): number
  /** Node's ids of the threads, each in a place of its own from 0 to size - 1; 0 where a thread is being replaced. */
  threadIds(): readonly number[]
  /** What the thread with this id has done, and how it was at the last {@link sampleThreads}; nothing where there is none. */
  threadFigures(id: number): ThreadFigures
  /** Looks at all threads; to be called each second. */
  sampleThreads(): void
  /** Threads that ended and were replaced, by reason. */
  threadRestarts(): Readonly<Record<ThreadRestartReason, number>>
  /** Starts a request on a free thread. To be called only where {@link freeThreads} is above 0. */
  start(request: UnplacedRequest): ThreadRun
  /** Calls the listener each time a thread may have become free. */
  onThreadFree(listener: () => void): void
  /** Ends all threads, whatever they are doing. Does not settle while one cannot be ended. */
  destroy(): Promise<void>
}

/** The threads of a pool for somebody who looks into them. */
export interface OpenThreads {
  /** The thread in a place; undefined while it is being replaced. */
  threadAt(place: number): NodeThread | undefined
  /** Does not end a thread before the work settles. The work never rejects. */
  hold(thread: NodeThread, work: Promise<unknown>): void
}

/** A request without its place, which the pool gives it. */
export type UnplacedRequest = Omit<TaskRequest, 'place'>

/** Time for a terminated thread to be gone. It takes some milliseconds, or for ever. */
export const THREAD_END_MS = 5000

/** One request on one thread. */
export interface ThreadRun {
  /** What is shared with the thread while it runs. */
  readonly control: RunControl
  /** Rejects with {@link ThreadLostError} where the thread ended before it answered. */
  readonly answer: Promise<TaskAnswer>
  /** Settles when the thread is free again or has really ended; never rejects. */
  readonly released: Promise<void>
  /**
   * Ends the thread under the task. A new thread takes its place.
   *
   * @param withinMs a thread that has not ended by then cannot be ended, and the pool counts as broken
   */
  readonly terminate: (withinMs: number) => void
}

/** A thread ended under its task. */
export class ThreadLostError extends Error {
  override readonly name = 'ThreadLostError'
  readonly reason: 'exit' | 'uncaught-error' | 'out-of-memory' | 'terminated'

  constructor(reason: ThreadLostError['reason'], cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.reason = reason
  }
}
