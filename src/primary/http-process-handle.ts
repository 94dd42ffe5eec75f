import cluster, { type Worker as ClusterChild } from 'node:cluster'
import { SLOT_VARIABLE } from '../config/load-config.ts'
import type { Config } from '../config/settings.ts'
import type { HttpProcessMessage, PrimaryMessage } from '../protocol/process-messages.ts'
import { closeLostConnections } from './connection-handoff.ts'

export type HttpProcessState = 'starting' | 'ready' | 'draining' | 'exited'

/** How an HTTP process ended. */
export interface HttpProcessExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** From its fork to its exit. */
  readonly livedMs: number
  readonly wasReady: boolean
  /** Its own word on why it could not start, where it had one. */
  readonly startFailure: string | undefined
}

/** Time after the drain for a process to end its threads and itself. It takes some milliseconds, or for ever. */
const EXIT_MARGIN_MS = 1000

/** libuv's pool is one per process, and all threads' image encodes share it; file system and DNS need some too. */
const SPARE_LIBUV_THREADS = 4

/**
 * One HTTP process, as the primary sees it. It keeps its own state: that of node:cluster forgets a
 * process that is still connected, and takes a kill for a crash.
 */
export class HttpProcessHandle {
  readonly slot: number
  readonly pid: number
  readonly startedAt = performance.now()
  /** Resolves with true when it serves, with false when it exits before. Never rejects. */
  readonly ready: Promise<boolean>
  readonly exited: Promise<HttpProcessExit>
  readonly #child: ClusterChild
  readonly #config: Config
  #state: HttpProcessState = 'starting'
  #wasReady = false
  #startFailure: string | undefined
  #killTimer: NodeJS.Timeout | undefined

  /** Forks the process. */
  constructor(slot: number, config: Config) {
    this.slot = slot
    this.#config = config
    this.#child = cluster.fork(environment(slot, config))
    this.pid = this.#child.process.pid ?? -1
    closeLostConnections(this.#child.process)
    const ready = Promise.withResolvers<boolean>()
    const exited = Promise.withResolvers<HttpProcessExit>()
    this.ready = ready.promise
    this.exited = exited.promise

    // A channel that breaks while a message is on its way says so here. The exit event follows.
    this.#child.on('error', () => {})
    this.#child.on('message', (message: HttpProcessMessage) => {
      this.#onMessage(message)
      if (this.#wasReady) ready.resolve(true)
    })
    this.#child.once('exit', (code: number | null, signal: string | null) => {
      clearTimeout(this.#killTimer)
      this.#state = 'exited'
      ready.resolve(false)
      exited.resolve(this.#exitFacts(code, signal as NodeJS.Signals | null))
    })
    this.#killTimer = setTimeout(() => this.#giveUpStarting(), config.startTimeoutMs)
  }

  get state(): HttpProcessState {
    return this.#state
  }

  /** Asks it to finish what is in flight and exit; ends it where it does not within the drain time. */
  drain(): void {
    if (this.#state === 'exited' || this.#state === 'draining') return
    this.#state = 'draining'
    // Without a callback a channel that has just closed would be an error nobody handles.
    this.#child.send({ type: 'drain' } satisfies PrimaryMessage, () => {})
    this.#killAfter(this.#config.drainTimeoutMs + EXIT_MARGIN_MS)
  }

  /** Ends it at once, with everything in flight. */
  kill(): void {
    this.#child.process.kill('SIGKILL')
  }

  #onMessage(message: HttpProcessMessage): void {
    switch (message.type) {
      case 'ready':
        if (this.#state !== 'starting') return
        this.#state = 'ready'
        this.#wasReady = true
        clearTimeout(this.#killTimer)
        return
      case 'start-failed':
        this.#startFailure = message.reason
        return
      case 'drained':
        this.#killAfter(EXIT_MARGIN_MS)
        return
    }
  }

  #killAfter(ms: number): void {
    clearTimeout(this.#killTimer)
    this.#killTimer = setTimeout(() => this.kill(), ms)
  }

  #giveUpStarting(): void {
    this.#startFailure = `It was not ready within ${this.#config.startTimeoutMs} ms`
    this.kill()
  }

  #exitFacts(code: number | null, signal: NodeJS.Signals | null): HttpProcessExit {
    return {
      // node:cluster gives 0 or null for the one that does not apply.
      code: signal ? null : code,
      signal: signal || null,
      livedMs: performance.now() - this.startedAt,
      wasReady: this.#wasReady,
      startFailure: this.#startFailure,
    }
  }
}

function environment(slot: number, config: Config): NodeJS.ProcessEnv {
  return {
    [SLOT_VARIABLE]: String(slot),
    PORT: String(config.port),
    // Must stand before the process starts; an operator's own value wins.
    UV_THREADPOOL_SIZE: process.env.UV_THREADPOOL_SIZE ?? String(config.threads + SPARE_LIBUV_THREADS),
  }
}
