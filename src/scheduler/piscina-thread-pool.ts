import type { Worker as NodeThread } from 'node:worker_threads'
import { SEAT_VARIABLE } from '../config/load-config.ts'
import type { Config } from '../config/settings.ts'
import { SharedLogLevel } from '../observability/log-level.ts'
import type { Logger } from '../observability/logger.ts'
import { Meters } from '../observability/metrics/meters.ts'
import type { ThreadFigures, ThreadRestartReason } from '../protocol/operators-api.ts'
import { RunControl } from '../protocol/run-control.ts'
import { ownRunRecords } from '../protocol/run-records.ts'
import { type BootedThreads, bootThreads } from './boot-threads.ts'
import { RunPlaces } from './run-places.ts'
import type { OfferedThread } from './thread-choice.ts'
import { ThreadEndings } from './thread-endings.ts'
import { ThreadPlaces } from './thread-places.ts'
import {
  type OpenThreads,
  THREAD_END_MS,
  ThreadLostError,
  type ThreadPool,
  type ThreadRun,
  type UnplacedRequest,
} from './thread-pool.ts'
import { mayRecycle, type RecycleFacts } from './thread-recycle-policy.ts'
import { lostReason, ThreadRestarts } from './thread-restarts.ts'
import { ThreadSampler } from './thread-sampler.ts'
import { type DueThread, ThreadUses } from './thread-uses.ts'

export interface ThreadPoolOptions {
  readonly config: Config
  readonly log: Logger
  /** For the lines that tasks write; that of the settings where it is left out. */
  readonly logLevel?: SharedLogLevel
  /** Called when a thread cannot be ended, or not be replaced. The process should be replaced instead. */
  readonly onBroken: (reason: string) => void
  readonly meters?: Meters
  /** Of this process, for its metrics. */
  readonly slot?: string
}

/**
 * Starts the threads and waits until each has loaded the tasks.
 *
 * @throws {TaskLoadError} where a task file cannot be loaded
 * @throws {ConfigError} for limits of a task that there is not
 */
export async function startThreadPool(options: ThreadPoolOptions): Promise<ThreadPool & OpenThreads> {
  const { config, logLevel = SharedLogLevel.of(config.logLevel) } = options
  return new PiscinaThreadPool(await bootThreads(config, logLevel), options)
}

class PiscinaThreadPool implements ThreadPool, OpenThreads {
  readonly size: number
  readonly catalogue: ThreadPool['catalogue']
  readonly #piscina: BootedThreads['piscina']
  readonly #choice: BootedThreads['choice']
  readonly #recentTasks: BootedThreads['recentTasks']
  readonly #log: Logger
  readonly #onBroken: ThreadPoolOptions['onBroken']
  readonly #listeners: (() => void)[] = []
  readonly #uses: ThreadUses
  readonly #restarts: ThreadRestarts
  readonly #sampler: ThreadSampler
  /** Of runs that hold a thread, or one that was told to end under them. */
  readonly #runPlaces = new RunPlaces()
  readonly #runRecords = ownRunRecords(process.env[SEAT_VARIABLE])
  /** Node's ids of the threads that have a run. */
  readonly #busy = new Set<number>()
  readonly #endings: ThreadEndings
  readonly #places: ThreadPlaces
  /** Threads that end from now on are not missed. */
  #destroyed = false

  constructor(
    { piscina, catalogue, choice, recentTasks }: BootedThreads,
    { config, log, onBroken, meters = new Meters(undefined), slot = '' }: ThreadPoolOptions,
  ) {
    this.#restarts = new ThreadRestarts(meters, slot)
    this.#sampler = new ThreadSampler(meters, slot)
    this.size = config.threads
    this.catalogue = catalogue
    this.#piscina = piscina
    this.#choice = choice
    this.#recentTasks = recentTasks
    this.#log = log
    this.#onBroken = onBroken
    this.#uses = new ThreadUses(config)
    this.#endings = new ThreadEndings(() => onBroken('a thread could not be ended'))
    this.#places = new ThreadPlaces(config.threads)
    this.#watchThreads()
  }

  freeThreads(): number {
    // Piscina replaces a terminated thread at once, while native code may still run on the old one.
    const idle = this.#piscina.idleThreads - this.#choice.retiring.size
    return Math.min(idle, this.size - this.#runPlaces.taken)
  }

  liveThreads(): number {
    return this.#piscina.threads.length
  }

  threadIds(): readonly number[] {
    return this.#places.of(this.#piscina.threads.map(({ threadId }) => threadId))
  }

  threadFigures(id: number): ThreadFigures {
    const { runs, keptBytes } = this.#uses.of(id)
    return { runs, keptBytes, ...this.#sampler.of(this.#threadOf(id)) }
  }

  sampleThreads(): void {
    for (const [place, id] of this.threadIds().entries()) {
      const thread = this.#threadOf(id)
      if (thread !== undefined) this.#sampler.sample(thread, place)
    }
  }

  threadRestarts(): Record<ThreadRestartReason, number> {
    return this.#restarts.counts()
  }

  start(request: UnplacedRequest): ThreadRun {
    const place = this.#runPlaces.take()
    this.#recentTasks.record(request.task, performance.now())
    const control = new RunControl(request.control)
    // Before the request is on its way: the first line of the run has it.
    this.#choice.onChosen = (id) => {
      control.threadNumber = this.threadIds().indexOf(id)
    }
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
    const threadId = this.#choice.chosen
    this.#busy.add(threadId)
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
      this.#onRunEnded(threadId, control)
    })
    const terminate = (withinMs: number) => {
      if (!settled) ended ??= this.#end(threadId, 'terminated', withinMs, () => abort.abort())
    }
    return { answer, released, terminate }
  }

  onThreadFree(listener: () => void): void {
    this.#listeners.push(listener)
  }

  threadAt(place: number): NodeThread | undefined {
    const id = this.threadIds()[place] ?? 0
    return id === 0 ? undefined : this.#threadOf(id)
  }

  hold(thread: NodeThread, work: Promise<unknown>): void {
    this.#endings.hold(thread, work)
  }

  async destroy(): Promise<void> {
    this.#destroyed = true
    this.#restarts.stop()
    await this.#endings.released()
    await this.#piscina.destroy()
    await this.#endings.ended()
  }

  #watchThreads(): void {
    for (const thread of this.#piscina.threads) this.#watch(thread)
    this.#piscina.on('workerCreate', ({ id }: OfferedThread) => {
      const thread = this.#threadOf(id)
      if (thread !== undefined) this.#watch(thread)
      // Piscina says so a moment before it counts the thread among the idle ones.
      queueMicrotask(() => this.#notify())
    })
    // An error with no task under way: a timer that a task left behind, for instance.
    this.#piscina.on('error', (error) => this.#log.error({ err: error }, 'a thread ended between tasks'))
    // Piscina stops replacing threads once one has died while starting.
    const checkReplaced = () => {
      if (!this.#destroyed && this.liveThreads() < this.size) this.#onBroken('a thread died while starting')
    }
    this.#piscina.on('workerDestroy', () => setImmediate(checkReplaced))
  }

  #watch(thread: NodeThread): void {
    // It has none any more once it has ended.
    const id = thread.threadId
    this.#restarts.watch(thread, () => {
      this.#uses.forget(id)
      this.#choice.retiring.delete(id)
    })
  }

  #threadOf(id: number): NodeThread | undefined {
    return this.#piscina.threads.find(({ threadId }) => threadId === id)
  }

  #onRunEnded(threadId: number, { keptBytes, loadedTasks }: RunControl): void {
    this.#busy.delete(threadId)
    // A thread that ended under its run has not come to say it.
    if (keptBytes > 0) {
      this.#uses.recordRun(threadId, { keptBytes, loadedTasks }, performance.now())
    }
    this.#recycleDue({ nobodyWaits: false })
    this.#notify()
    // Whoever is told takes the thread at once, if at all.
    setImmediate(() => this.#recycleDue({ nobodyWaits: true }))
  }

  #notify(): void {
    for (const listener of this.#listeners) listener()
  }

  /** Replaces an idle thread that has done its runs or keeps too much, where that is in nobody's way. */
  #recycleDue({ nobodyWaits }: Pick<RecycleFacts, 'nobodyWaits'>): void {
    const due = this.#uses.due().find(({ id }) => !this.#busy.has(id))
    if (due === undefined || this.#destroyed) return
    const allUp = this.#endings.size === 0 && this.#piscina.idleThreads + this.#busy.size === this.size
    const dueMs = performance.now() - due.since
    if (mayRecycle({ size: this.size, free: this.freeThreads(), allUp, dueMs, nobodyWaits }))
      this.#recycle(due)
  }

  /** Piscina counts the thread among the idle ones until it has ended; it just gets no run any more. */
  #recycle({ id, reason, use }: DueThread): void {
    const { runs, keptBytes } = use
    this.#log.info({ thread: this.threadIds().indexOf(id), reason, runs, keptBytes }, 'recycling a thread')
    this.#choice.retiring.add(id)
    void this.#end(id, reason, THREAD_END_MS, (thread) => void thread.terminate())
  }

  /** Settles when the thread has really ended. */
  #end(
    id: number,
    reason: ThreadRestartReason,
    withinMs: number,
    terminate: (thread: NodeThread) => void,
  ): Promise<unknown> {
    const thread = this.#threadOf(id)
    if (thread === undefined) return Promise.resolve()
    this.#restarts.expect(thread, reason)
    return this.#endings.end(thread, withinMs, () => terminate(thread))
  }
}
