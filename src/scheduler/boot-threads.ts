import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { ConfigError } from '../config/load-config.ts'
import type { Config } from '../config/settings.ts'
import type { SharedLogLevel } from '../observability/log-level.ts'
import type {
  TaskAnswer,
  TaskFile,
  TaskLoadFailure,
  TaskRequest,
  ThreadBooted,
  ThreadStart,
} from '../protocol/thread-messages.ts'
import { RecentTasks } from './recent-tasks.ts'
import { ThreadChoice } from './thread-choice.ts'

/** Task files that could not be loaded. The message names each with its reason. */
export class TaskLoadError extends Error {
  override readonly name = 'TaskLoadError'

  constructor(failures: readonly TaskLoadFailure[]) {
    super(failures.map(({ file, reason }) => `Cannot load the task ${file}: ${reason}`).join('\n'))
  }
}

export interface BootedThreads {
  readonly piscina: Piscina<TaskRequest, TaskAnswer>
  readonly catalogue: ThreadBooted['catalogue']
  readonly choice: ThreadChoice
  /** Which tasks a thread that comes later loads first. */
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
  const choice = new ThreadChoice()
  const recentTasks = new RecentTasks()
  let taskFiles: readonly TaskFile[] | undefined
  // Node clones it anew for each thread that starts, and so reads what is true by then.
  const start: ThreadStart<Config> = {
    config,
    logLevel: logLevel.shared,
    get taskFiles() {
      return taskFiles
    },
    get loadFirst() {
      return recentTasks.names(performance.now())
    },
  }
  const piscina = createPiscina(start, choice)
  try {
    const booted = await firstBooted(piscina, config.threads)
    assertKnownTasks(config.taskLimits, booted.catalogue)
    taskFiles = booted.taskFiles
    return { piscina, catalogue: booted.catalogue, choice, recentTasks }
  } catch (error) {
    await piscina.destroy()
    throw error
  }
}

function createPiscina(start: ThreadStart<Config>, choice: ThreadChoice): Piscina<TaskRequest, TaskAnswer> {
  const file = `../thread/thread-main${extname(import.meta.url)}`
  const { threads, threadMaxHeapBytes } = start.config
  return new Piscina({
    filename: fileURLToPath(new URL(file, import.meta.url)),
    workerData: start,
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: 1,
    loadBalancer: (_run, offered) => choice.choose(offered),
    // With atomics an idle thread's own event loop is blocked.
    atomics: 'disabled',
    recordTiming: false,
    resourceLimits: { maxOldGenerationSizeMb: Math.ceil(threadMaxHeapBytes / 2 ** 20) },
  })
}

/** What each of the first threads reports, which is the same, once all have. */
async function firstBooted(piscina: Piscina, threads: number): Promise<ThreadBooted> {
  const { promise, resolve, reject } = Promise.withResolvers<ThreadBooted>()
  let booted = 0
  const onMessage = (message: ThreadBooted) => {
    if (message.failures.length > 0) reject(new TaskLoadError(message.failures))
    booted += 1
    if (booted === threads) resolve(message)
  }
  // Without this a task file that ends its thread while loading would be loaded again for ever.
  const onEnd = () => reject(new Error('A thread ended while it loaded the tasks'))
  const onError = (error: Error) => reject(error)
  piscina.on('message', onMessage).on('workerDestroy', onEnd).on('error', onError)
  try {
    return await promise
  } finally {
    piscina.off('message', onMessage).off('workerDestroy', onEnd).off('error', onError)
    piscina.on('error', () => {})
  }
}

function assertKnownTasks(limits: Config['taskLimits'], catalogue: ThreadBooted['catalogue']): void {
  const names = catalogue.map(({ name }) => name)
  const unknown = Object.keys(limits).find((name) => !names.includes(name))
  if (unknown === undefined) return
  throw new ConfigError(
    `Cannot use OFFLOOP_TASK_LIMITS: expected the names of tasks (${names.join(', ')}), got "${unknown}"`,
  )
}
