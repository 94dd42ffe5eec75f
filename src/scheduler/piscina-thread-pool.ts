import { once } from 'node:events'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Worker as NodeThread } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { ConfigError, SEAT_VARIABLE } from '../config/load-config.ts'
import type { Config } from '../config/settings.ts'
import type { Logger } from '../observability/logger.ts'
import { ownRunRecords } from '../protocol/run-records.ts'
import type { TaskAnswer, TaskLoadFailure, TaskRequest, ThreadBooted } from '../protocol/thread-messages.ts'
import { RunPlaces } from './run-places.ts'
import { ThreadLostError, type ThreadPool, type ThreadRun, type UnplacedRequest } from './thread-pool.ts'

/** Task files that could not be loaded. The message names each with its reason. */
export class TaskLoadError extends Error {
  override readonly name = 'TaskLoadError'

  constructor(failures: readonly TaskLoadFailure[]) {
    super(failures.map(({ file, reason }) => `Cannot load the task ${file}: ${reason}`).join('\n'))
  }
}

export interface ThreadPoolOptions {
  readonly config: Config
  readonly log: Logger
  /** Called when a thread cannot be ended, or not be replaced. The process should be replaced instead. */
  readonly onBroken: (reason: string) => void
}

/**
 * Starts the threads and waits until each has loaded the tasks.
 *
 * @throws {TaskLoadError} where a task file cannot be loaded
 * @throws {ConfigError} for limits of a task that there is not
 */
export async function startThreadPool(options: ThreadPoolOptions): Promise<ThreadPool> {
  const piscina = createPiscina(options.config)
  try {
    const catalogue = await bootedCatalogue(piscina, options.config.threads)
    assertKnownTasks(options.config.taskLimits, catalogue)
    return new PiscinaThreadPool(piscina, catalogue, options)
  } catch (error) {
    await piscina.destroy()
    throw error
  }
}

function createPiscina(config: Config): Piscina<TaskRequest, TaskAnswer> {
  const file = `../thread/thread-main${extname(import.meta.url)}`
  return new Piscina({
    filename: fileURLToPath(new URL(file, import.meta.url)),
    workerData: config,
    minThreads: config.threads,
    maxThreads: config.threads,
    concurrentTasksPerWorker: 1,
    // With atomics an idle thread's own event loop is blocked.
    atomics: 'disabled',
    recordTiming: false,
    resourceLimits: { maxOldGenerationSizeMb: Math.ceil(config.threadMaxHeapBytes / 2 ** 20) },
  })
}

/** The catalogue, once every thread has reported it. Each thread reports the same. */
async function bootedCatalogue(piscina: Piscina, threads: number): Promise<ThreadBooted['catalogue']> {
  const { promise, resolve, reject } = Promise.withResolvers<ThreadBooted['catalogue']>()
  let booted = 0
  const onMessage = (message: ThreadBooted) => {
    if (message.failures.length > 0) reject(new TaskLoadError(message.failures))
    booted += 1
    if (booted === threads) resolve(message.catalogue)
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

/** @throws {ConfigError} for limits of a task that there is not */
function assertKnownTasks(limits: Config['taskLimits'], catalogue: ThreadBooted['catalogue']): void {
  const names = catalogue.map(({ name }) => name)
  const unknown = Object.keys(limits).find((name) => !names.includes(name))
  if (unknown === undefined) return
  throw new ConfigError(
    `Cannot use OFFLOOP_TASK_LIMITS: expected the names of tasks (${names.join(', ')}), got "${unknown}"`,
  )
}

class PiscinaThreadPool implements ThreadPool {
  readonly size: number
  readonly catalogue: ThreadPool['catalogue']
  readonly #piscina: Piscina<TaskRequest, TaskAnswer>
  readonly #listeners: (() => void)[] = []
  readonly #onBroken: ThreadPoolOptions['onBroken']
  readonly #runPlaces = new RunPlaces()
  readonly #runRecords = ownRunRecords(process.env[SEAT_VARIABLE])
  /** Threads that were told to end and have not, which Piscina no longer knows. */
  readonly #ending = new Set<Promise<void>>()
  #places: readonly number[]
  /** Threads that end from now on are not missed. */
  #destroyed = false

  constructor(
    piscina: Piscina<TaskRequest, TaskAnswer>,
    catalogue: ThreadPool['catalogue'],
    { config, log, onBroken }: ThreadPoolOptions,
  ) {
    this.size = config.threads
    this.#places = Array.from({ length: config.threads }, () => 0)
    this.catalogue = catalogue
    this.#piscina = piscina
    this.#onBroken = onBroken
    // Piscina says so a moment before it counts the thread among the idle ones.
    piscina.on('workerCreate', () => queueMicrotask(() => this.#notify()))
    // An error with no task under way: a timer that a task left behind, for instance.
    piscina.on('error', (error) => log.error({ err: error }, 'a thread ended between tasks'))
    // Piscina stops replacing threads once one has died while starting.
    const checkReplaced = () => {
      if (!this.#destroyed && this.liveThreads() < this.size) onBroken('a thread died while starting')
    }
    piscina.on('workerDestroy', () => setImmediate(checkReplaced))
  }

  freeThreads(): number {
    // Piscina replaces a terminated thread at once, while native code may still run on the old one.
    return Math.min(this.#piscina.idleThreads, this.size - this.#runPlaces.taken)
  }

  liveThreads(): number {
    return this.#piscina.threads.length
  }

  threadIds(): readonly number[] {
    const live = this.#piscina.threads.map(({ threadId }) => threadId)
    this.#places = keepPlaces(this.#places, live)
    return this.#places
  }

  start(request: UnplacedRequest): ThreadRun {
    const place = this.#runPlaces.take()
    const abort = new AbortController()
    let lost = false
    const transferList = request.body instanceof ArrayBuffer ? [request.body] : []
    const answer = this.#piscina
      // Piscina wants an array; its types pick another overload of postMessage.
      .run({ ...request, place }, { transferList: transferList as never, signal: abort.signal })
      .catch((error: unknown) => {
        lost = true
        throw new ThreadLostError(lostReason(error, abort.signal.aborted), error)
      })
    let settled = false
    let ended: Promise<unknown> | undefined
    const settle = () => {
      settled = true
      return ended
    }
    const released = answer.then(settle, settle).then(() => {
      // A thread that answers has done so itself.
      if (lost) this.#runRecords?.clear(place)
      this.#runPlaces.release(place)
      this.#notify()
    })
    const terminate = (withinMs: number) => {
      if (!settled) ended ??= this.#track(this.#terminateThread(abort, withinMs))
    }
    return { answer, released, terminate }
  }

  onThreadFree(listener: () => void): void {
    this.#listeners.push(listener)
  }

  async destroy(): Promise<void> {
    this.#destroyed = true
    await this.#piscina.destroy()
    await Promise.all(this.#ending)
  }

  #notify(): void {
    for (const listener of this.#listeners) listener()
  }

  #track(ending: Promise<void>): Promise<void> {
    this.#ending.add(ending)
    return ending.finally(() => this.#ending.delete(ending))
  }

  /** Piscina does not tell which thread ran an aborted task, nor wait for its end: the one that leaves its list did. */
  async #terminateThread(abort: AbortController, withinMs: number): Promise<void> {
    const before = this.#piscina.threads
    abort.abort()
    const after = new Set<NodeThread>(this.#piscina.threads)
    // Optimised code can hold loops that never look whether they are to end (docs/architecture.md).
    const giveUp = setTimeout(() => this.#onBroken('a thread could not be ended'), withinMs)
    await Promise.all(before.filter((thread) => !after.has(thread)).map((thread) => once(thread, 'exit')))
    clearTimeout(giveUp)
  }
}

/** New threads take the places of those that have gone, so that a thread keeps its number. */
export function keepPlaces(places: readonly number[], live: readonly number[]): number[] {
  const arrived = live.filter((id) => !places.includes(id))
  return places.map((id) => (live.includes(id) ? id : (arrived.shift() ?? 0)))
}

function lostReason(error: unknown, terminated: boolean): ThreadLostError['reason'] {
  if (terminated) return 'terminated'
  if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY') return 'out-of-memory'
  // Piscina's own wording is the only thing that tells an exit from an error that was thrown.
  return (error as Error).message.startsWith('worker exited with code') ? 'exit' : 'uncaught-error'
}
