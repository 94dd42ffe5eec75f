import type { Worker as NodeThread } from 'node:worker_threads'
import { SEAT_VARIABLE } from '../config/load-config.ts'
import type { Config } from '../config/settings.ts'
import { SharedLogLevel } from '../observability/log-level.ts'
import type { Logger } from '../observability/logger.ts'
import { Meters } from '../observability/metrics/meters.ts'
import type { ThreadFigures, ThreadRestartReason } from '../protocol/operators-api.ts'
import type { RunControl, RunControls } from '../protocol/run-control.ts'
import { ownRunRecords } from '../protocol/run-records.ts'
import { type BootedThreads, bootThreads } from './boot-threads.ts'
import { RunPlaces } from './run-places.ts'
import { ThreadEndings } from './thread-endings.ts'
import type { ThreadHandle } from './thread-handle.ts'
import {
  type OpenThreads,
  THREAD_END_MS,
  type ThreadPool,
  type ThreadRun,
  type UnplacedRequest,
} from './thread-pool.ts'
import { mayRecycle, type RecycleFacts } from './thread-recycle-policy.ts'
import { ThreadRestarts } from './thread-restarts.ts'
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
  return new NodeThreadPool(await bootThreads(config, logLevel), options)
}

class NodeThreadPool implements ThreadPool, OpenThreads {
  readonly size: number
  readonly catalogue: ThreadPool['catalogue']
  /** By place, each the newest one there. */
  readonly #threads: ThreadHandle[]
  readonly #startThread: BootedThreads['startThread']
  readonly #controls: RunControls
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
  readonly #endings: ThreadEndings
  /** Threads that end from now on are not missed. */
  #destroyed = false

  constructor(
    { threads, catalogue, startThread, controls, recentTasks }: BootedThreads,
    { config, log, onBroken, meters = new Meters(undefined), slot = '' }: ThreadPoolOptions,
  ) {
    this.#restarts = new ThreadRestarts(meters, slot)
    this.#sampler = new ThreadSampler(meters, slot)
    this.size = config.threads
    this.catalogue = catalogue
    this.#threads = [...threads]
    this.#startThread = startThread
    this.#controls = controls
    this.#recentTasks = recentTasks
    this.#log = log
    this.#onBroken = onBroken
    this.#uses = new ThreadUses(config)
    this.#endings = new ThreadEndings(() => onBroken('a thread could not be ended'))
    for (const [place, handle] of threads.entries()) this.#watch(handle, place)
  }

  freeThreads(): number {
    let free = 0
    for (const handle of this.#threads) if (handle.isFree) free += 1
    // A terminated thread is replaced at once, while native code may still run on it.
    return Math.min(free, this.size - this.#runPlaces.taken)
  }

  liveThreads(): number {
    return this.#threads.filter(({ isLost }) => !isLost).length
  }

  threadIds(): readonly number[] {
    return this.#threads.map(({ id, isLost }) => (isLost ? 0 : id))
  }

  threadFigures(id: number): ThreadFigures {
    const { runs, keptBytes } = this.#uses.of(id)
    const handle = this.#threads.find((each) => each.id === id)
    return { runs, keptBytes, ...this.#sampler.of(handle?.thread) }
  }

  sampleThreads(): void {
    for (const [place, { thread, isLost }] of this.#threads.entries()) {
      if (!isLost) this.#sampler.sample(thread, place)
    }
  }

  threadRestarts(): Record<ThreadRestartReason, number> {
    return this.#restarts.counts()
  }

  start(request: UnplacedRequest): ThreadRun {
    const handle = this.#oldestFree()
    if (handle === undefined) throw new Error('There is no free thread')
    const place = this.#runPlaces.take()
    this.#recentTasks.record(request.task, performance.now())
    const control = this.#controls.begin(place)
    // Before the request is on its way: the first line of the run has it.
    control.threadNumber = this.#threads.indexOf(handle)
    const answer = handle.run({ ...request, place })
    let settled = false
    let ended: Promise<unknown> | undefined
    const settle = () => {
      settled = true
      return ended
    }
    const released = answer.then(settle, settle).then(() => {
      // A thread that answers has done so itself.
      if (handle.isLost) this.#runRecords?.clear(place)
      this.#runPlaces.release(place)
      this.#onRunEnded(handle, control)
    })
    const terminate = (withinMs: number) => {
      if (!settled) ended ??= this.#end(handle, 'terminated', withinMs, () => handle.terminate())
    }
    return { control, answer, released, terminate }
  }

  onThreadFree(listener: () => void): void {
    this.#listeners.push(listener)
  }

  threadAt(place: number): NodeThread | undefined {
    const handle = this.#threads[place]
    return handle?.isLost ? undefined : handle?.thread
  }

  hold(thread: NodeThread, work: Promise<unknown>): void {
    this.#endings.hold(thread, work)
  }

  async destroy(): Promise<void> {
    this.#destroyed = true
    this.#restarts.stop()
    await this.#endings.released()
    await Promise.all(this.#threads.map(({ thread }) => thread.terminate()))
    await this.#endings.ended()
  }

  /** The oldest of those that are free: it has all tasks loaded, and a new one comes to it between requests. */
  #oldestFree(): ThreadHandle | undefined {
    let oldest: ThreadHandle | undefined
    for (const handle of this.#threads) {
      if (handle.isFree && (oldest === undefined || handle.id < oldest.id)) oldest = handle
    }
    return oldest
  }

  #watch(handle: ThreadHandle, place: number): void {
    this.#restarts.watch(handle.thread, () => this.#uses.forget(handle.id))
    handle.once('ready', () => this.#notify())
    handle.once('lost', (error, hadRun) => {
      if (this.#destroyed) return
      // A timer that a task left behind, for instance.
      if (!hadRun && error.reason !== 'exit')
        this.#log.error({ err: error.cause }, 'a thread ended between tasks')
      // It would be so for ever: the files that it loads are those that the first threads have loaded.
      if (handle.hasBeenReady) this.#replace(place)
      else this.#onBroken('a thread died while starting')
    })
  }

  #replace(place: number): void {
    const handle = this.#startThread()
    this.#threads[place] = handle
    this.#watch(handle, place)
  }

  #onRunEnded(handle: ThreadHandle, { keptBytes, loadedTasks, heapCollections }: RunControl): void {
    // A thread that ended under its run has not come to say it.
    if (keptBytes > 0) {
      this.#uses.recordRun(handle.id, { keptBytes, loadedTasks, heapCollections }, performance.now())
    }
    this.#recycleDue({ nobodyWaits: false })
    this.#notify()
    // Whoever is told takes the thread at once, if at all.
    if (this.#uses.someDue) setImmediate(() => this.#recycleDue({ nobodyWaits: true }))
  }

  #notify(): void {
    for (const listener of this.#listeners) listener()
  }

  /** Replaces an idle thread that has done its runs or keeps too much, where that is in nobody's way. */
  #recycleDue({ nobodyWaits }: Pick<RecycleFacts, 'nobodyWaits'>): void {
    if (!this.#uses.someDue || this.#destroyed) return
    const idle = this.#threads.filter(({ isReady, isBusy }) => isReady && !isBusy)
    const due = this.#uses.due().find(({ id }) => idle.some((each) => each.id === id))
    const handle = idle.find(({ id }) => id === due?.id)
    if (due === undefined || handle === undefined) return
    const allUp = this.#endings.size === 0 && this.#threads.every(({ isReady }) => isReady)
    const dueMs = performance.now() - due.since
    if (mayRecycle({ size: this.size, free: this.freeThreads(), allUp, dueMs, nobodyWaits })) {
      this.#recycle(handle, due)
    }
  }

  /** It gets no run any more, and another takes its place when it has ended. */
  #recycle(handle: ThreadHandle, { reason, use }: DueThread): void {
    const { runs, keptBytes } = use
    this.#log.info({ thread: this.#threads.indexOf(handle), reason, runs, keptBytes }, 'recycling a thread')
    handle.retiring = true
    void this.#end(handle, reason, THREAD_END_MS, () => void handle.thread.terminate())
  }

  /** Settles when the thread has really ended. */
  #end(
    { thread, isLost }: ThreadHandle,
    reason: ThreadRestartReason,
    withinMs: number,
    terminate: () => void,
  ): Promise<unknown> {
    if (isLost) return Promise.resolve()
    this.#restarts.expect(thread, reason)
    return this.#endings.end(thread, withinMs, terminate)
  }
}
