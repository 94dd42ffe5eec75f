import { ConfigError } from '../config/load-config.ts'
import type { Config } from '../config/settings.ts'
import type { SharedLogLevel } from '../observability/log-level.ts'
import { RunControls } from '../protocol/run-control.ts'
import type { TaskFile, TaskLoadFailure, ThreadBooted } from '../protocol/thread-messages.ts'
import { RecentTasks } from './recent-tasks.ts'
import { ThreadHandle } from './thread-handle.ts'

/** Task files that could not be loaded. The message names each with its reason. */
export class TaskLoadError extends Error {
  override readonly name = 'TaskLoadError'

  constructor(failures: readonly TaskLoadFailure[]) {
    super(failures.map(({ file, reason }) => `Cannot load the task ${file}: ${reason}`).join('\n'))
  }
}

export interface BootedThreads {
  /** As many as there should be, all of them ready. */
  readonly threads: readonly ThreadHandle[]
  readonly catalogue: ThreadBooted['catalogue']
  /** Starts one that takes another's place. */
  readonly startThread: () => ThreadHandle
  readonly controls: RunControls
  /** Which tasks such a thread loads first. */
  readonly recentTasks: RecentTasks
}

/**
 * Starts the first threads and waits until each has loaded every task. Those that take their places
 * later know the files and load most of them when they have time.
 *
 * @throws {TaskLoadError} where a task file cannot be loaded
 * @throws {ConfigError} for limits of a task that there is not
 */
export async function bootThreads(config: Config, logLevel: SharedLogLevel): Promise<BootedThreads> {
  const recentTasks = new RecentTasks()
  const controls = new RunControls(config.threads)
  const startThread = (taskFiles?: readonly TaskFile[]) =>
    new ThreadHandle({
      config,
      logLevel: logLevel.shared,
      controls: controls.shared,
      taskFiles,
      loadFirst: recentTasks.names(performance.now()),
    })
  const threads = Array.from({ length: config.threads }, () => startThread())
  try {
    const [booted] = await Promise.all(threads.map(whenBooted))
    if (booted === undefined) throw new Error('There is no thread')
    assertKnownTasks(config.taskLimits, booted.catalogue)
    const { catalogue, taskFiles } = booted
    return { threads, catalogue, startThread: () => startThread(taskFiles), controls, recentTasks }
  } catch (error) {
    for (const { thread } of threads) await thread.terminate()
    throw error
  }
}

/** What one of the first threads reports, which is the same for each. */
function whenBooted(handle: ThreadHandle): Promise<ThreadBooted> {
  const { promise, resolve, reject } = Promise.withResolvers<ThreadBooted>()
  const onReady = (booted?: ThreadBooted) => {
    if (booted === undefined) return
    if (booted.failures.length > 0) reject(new TaskLoadError(booted.failures))
    else resolve(booted)
  }
  // Without this a task file that ends its thread while loading would be loaded again for ever.
  const onLost = ({ reason, cause }: { reason: string; cause?: unknown }) =>
    reject(reason === 'exit' ? new Error('A thread ended while it loaded the tasks') : cause)
  handle.once('ready', onReady).once('lost', onLost)
  return promise.finally(() => handle.off('ready', onReady).off('lost', onLost))
}

function assertKnownTasks(limits: Config['taskLimits'], catalogue: ThreadBooted['catalogue']): void {
  const names = catalogue.map(({ name }) => name)
  const unknown = Object.keys(limits).find((name) => !names.includes(name))
  if (unknown === undefined) return
  throw new ConfigError(
    `Cannot use OFFLOOP_TASK_LIMITS: expected the names of tasks (${names.join(', ')}), got "${unknown}"`,
  )
}
