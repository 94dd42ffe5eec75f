import type { ThreadStatus } from '../protocol/operators-api.ts'
import type { CatalogueEntry } from '../protocol/thread-messages.ts'
import type { ThreadPool } from './thread-pool.ts'

/** A run on a thread, until the thread is free again. */
export interface RunningTask {
  readonly task: CatalogueEntry
  /** On the clock of `performance.now()`. */
  readonly startedAt: number
  /** Node's id of the thread, 0 until it has begun. */
  readonly threadId: () => number
}

/**
 * What each thread does.
 *
 * @param threadIds Node's ids in the order of the threads' places, 0 for one that is being replaced
 */
export function threadStatus(
  threadIds: readonly number[],
  running: readonly RunningTask[],
  figuresOf: ThreadPool['threadFigures'],
  now: number,
): ThreadStatus[] {
  return threadIds.map((id, thread) => {
    const run = id === 0 ? undefined : running.find((each) => each.threadId() === id)
    const figures = figuresOf(id)
    if (run === undefined) {
      const state = id === 0 ? 'starting' : 'idle'
      return { thread, state, task: null, runningMs: null, ...figures }
    }
    const runningMs = Math.round(now - run.startedAt)
    return { thread, state: 'busy', task: run.task.name, runningMs, ...figures }
  })
}
