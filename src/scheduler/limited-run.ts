import { ProblemError } from '../errors.ts'
import type { CancelStage } from '../protocol/operators-api.ts'
import type { CatalogueEntry, TaskAnswer, TaskRequest } from '../protocol/thread-messages.ts'
import { THREAD_END_MS, ThreadLostError, type ThreadPool } from './thread-pool.ts'

/** What a caller knows of a request; the scheduler adds the rest. */
export type Submission = Omit<TaskRequest, 'task' | 'timeLimitMs' | 'place' | 'quarantined'>

/** What a task says: its result, or its error with a code. */
export type FinalAnswer = Exclude<TaskAnswer, { kind: 'stopped' }>

export interface LimitedRun {
  /**
   * Rejects with a {@link ProblemError} where the time is over or the thread was lost, and with the
   * signal's reason where the caller has gone. In both cases at once, not when the thread is free.
   */
  readonly answer: Promise<FinalAnswer>
  /** Settles when the thread is free again; never rejects. Says how the run was stopped, where it was. */
  readonly released: Promise<CancelStage | undefined>
  /** Node's id of the thread that has begun it, 0 before. */
  readonly threadId: () => number
}

/**
 * Time that a task gets to stop by itself once it is asked to, before its thread is ended. To start
 * another thread takes longer than this, so a task that looks at its context is cheaper for all.
 */
const STOP_GRACE_MS = 100

/** Starts a task on a free thread and holds it to its time limit and to its caller's patience. */
export function startLimitedRun(
  pool: Pick<ThreadPool, 'start'>,
  task: CatalogueEntry,
  submission: Submission,
  signal: AbortSignal,
): LimitedRun {
  const { promise, resolve, reject } = Promise.withResolvers<FinalAnswer>()
  const { timeMs: timeLimitMs } = task.limits
  const deadline = performance.now() + timeLimitMs
  const run = pool.start({ ...submission, task: task.name, timeLimitMs })
  const { control } = run

  let stage: CancelStage | undefined
  let graceTimer: NodeJS.Timeout | undefined
  const stop = (error: unknown) => {
    reject(error)
    control.requestStop()
    stage ??= 'finished'
    // Native code ends at the time limit at the latest, if it has been told of it.
    const nativeMs = Math.max(0, deadline - performance.now())
    graceTimer ??= setTimeout(() => {
      stage = 'terminated'
      run.terminate(nativeMs + THREAD_END_MS)
    }, STOP_GRACE_MS)
  }
  const onAbort = () => stop(signal.reason)
  const onTimeLimit = () => stop(timedOut(task, control.progress))

  signal.addEventListener('abort', onAbort, { once: true })
  const limitTimer = setTimeout(onTimeLimit, timeLimitMs)

  run.answer.then(
    (answer) => {
      // Only a run that was asked to stop says so, and its caller has been answered by then.
      if (answer.kind !== 'stopped') resolve(answer)
      else if (stage === 'finished') stage = 'stopped'
    },
    (error: unknown) => reject(threadLost(task, error)),
  )
  const released = run.released.then(() => {
    clearTimeout(limitTimer)
    clearTimeout(graceTimer)
    signal.removeEventListener('abort', onAbort)
    return stage
  })
  return { answer: promise, released, threadId: () => control.threadId }
}

function timedOut(task: CatalogueEntry, progress: number): ProblemError {
  const { timeMs } = task.limits
  return new ProblemError(
    'TASK_TIMEOUT',
    `The task "${task.name}" was stopped after its limit of ${timeMs} ms`,
    {
      details: { timeLimitMs: timeMs, ...(progress > 0 && { progress }) },
    },
  )
}

function threadLost({ name }: CatalogueEntry, error: unknown): ProblemError {
  const outOfMemory = error instanceof ThreadLostError && error.reason === 'out-of-memory'
  return outOfMemory
    ? new ProblemError('TASK_OUT_OF_MEMORY', `The task "${name}" needed more memory than a thread may have`, {
        cause: error,
      })
    : new ProblemError('TASK_CRASHED', `The thread ended under the task "${name}"`, { cause: error })
}
