import type { ChildProcess } from 'node:child_process'
import cluster from 'node:cluster'
import type { ExitReason, HttpProcessState, ProcessVitals } from '../protocol/operators-api.ts'
import type {
  HeartbeatMessage,
  HttpProcessMessage,
  LeavingMessage,
  PrimaryMessage,
} from '../protocol/process-messages.ts'
import { closeLostConnections } from './connection-handoff.ts'
import { exitReason } from './exit-reason.ts'
import { forkEnvironment, type Launch } from './launch.ts'
import { oomKills } from './oom-kills.ts'

/** How an HTTP process ended. */
export interface HttpProcessExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly reason: ExitReason
  /** From its fork to its exit. */
  readonly livedMs: number
  /** From its being ready to its exit, 0 where it never was. */
  readonly servedMs: number
  /** Why it could not start, in its own words where it had some; undefined once it was ready. */
  readonly startFailure: string | undefined
}

export interface HttpProcessListeners {
  readonly onHeartbeat: (message: HeartbeatMessage) => void
  /** It asks for a replacement. */
  readonly onLeaving: (why: LeavingMessage['why']) => void
}

/** Time after the drain for a process to end its threads and itself. It takes some milliseconds, or for ever. */
const EXIT_MARGIN_MS = 1000

const LEAVING_REASONS: Readonly<Record<LeavingMessage['why'], ExitReason>> = {
  signal: 'shutdown',
  crash: 'crash',
  hung: 'hung',
}

/**
 * One HTTP process, as the primary sees it. It keeps its own state: that of node:cluster forgets a
 * process that is still connected, and takes a kill for a crash.
 */
export class HttpProcessHandle {
  readonly pid: number
  readonly launch: Launch
  readonly startedAt = performance.now()
  /** Resolves with true when it serves, with false when it exits before. Never rejects. */
  readonly ready: Promise<boolean>
  readonly exited: Promise<HttpProcessExit>
  /** A number from 0 to 1 for this process: limits with jitter stay the same while it lives. */
  readonly random = Math.random()
  readonly #child: ChildProcess
  readonly #send: (message: PrimaryMessage) => void
  readonly #oomKillsBefore = oomKills()
  #state: HttpProcessState = 'starting'
  #readyAt: number | undefined
  #heardAt = performance.now()
  #heartbeat: HeartbeatMessage | undefined
  #endReason: ExitReason | undefined
  #startFailure: string | undefined
  #killTimer: NodeJS.Timeout | undefined

  /** Forks the process. */
  constructor(slot: number, launch: Launch, listeners: HttpProcessListeners) {
    this.launch = launch
    const child = cluster.fork(forkEnvironment(slot, launch))
    this.#child = child.process
    this.pid = child.process.pid ?? -1
    // Without a callback a channel that has just closed would be an error nobody handles.
    this.#send = (message) => child.send(message, () => {})
    closeLostConnections(child.process)
    const ready = Promise.withResolvers<boolean>()
    const exited = Promise.withResolvers<HttpProcessExit>()
    this.ready = ready.promise
    this.exited = exited.promise

    // A channel that breaks while a message is on its way says so here. The exit event follows.
    child.on('error', () => {})
    child.on('message', (message: HttpProcessMessage) => {
      this.#onMessage(message, listeners)
      if (this.#readyAt !== undefined) ready.resolve(true)
    })
    child.once('exit', (code: number | null, signal: string | null) => {
      clearTimeout(this.#killTimer)
      this.#state = 'exited'
      ready.resolve(false)
      exited.resolve(this.#exitFacts(code, signal as NodeJS.Signals | null))
    })
    this.#killTimer = setTimeout(() => this.#giveUpStarting(), launch.config.startTimeoutMs)
  }

  get state(): HttpProcessState {
    return this.#state
  }

  /** Since its last word; 0 before it was ready, because loading a task may take its time. */
  get silentMs(): number {
    return this.#readyAt === undefined ? 0 : performance.now() - this.#heardAt
  }

  /** What it said last of itself. */
  get vitals(): ProcessVitals | null {
    if (this.#heartbeat === undefined) return null
    const { type: _, runs: __, ...vitals } = this.#heartbeat
    return { silentMs: Math.round(this.silentMs), ...vitals }
  }

  /** Starts its silence anew: for when the primary itself was away and could not hear. */
  forgiveSilence(): void {
    this.#heardAt = performance.now()
  }

  /**
   * Asks it to finish what is in flight and exit; ends it where it does not within the drain time.
   *
   * @param delayMs time in which it says that it is not ready and still serves
   */
  drain(reason: ExitReason, delayMs = 0): void {
    if (this.#state === 'exited' || this.#state === 'draining') return
    this.#state = 'draining'
    this.#endReason ??= reason
    this.#send({ type: 'drain', delayMs })
    this.#killAfter(delayMs + this.launch.config.drainTimeoutMs + EXIT_MARGIN_MS)
  }

  /** Ends it at once, with everything in flight. */
  kill(reason: ExitReason): void {
    this.#endReason ??= reason
    this.#child.kill('SIGKILL')
  }

  #onMessage(message: HttpProcessMessage, listeners: HttpProcessListeners): void {
    this.#heardAt = performance.now()
    switch (message.type) {
      case 'ready':
        if (this.#state !== 'starting') return
        this.#state = 'ready'
        this.#readyAt = performance.now()
        clearTimeout(this.#killTimer)
        return
      case 'start-failed':
        this.#startFailure = message.reason
        return
      case 'heartbeat':
        this.#heartbeat = message
        listeners.onHeartbeat(message)
        return
      case 'leaving':
        this.#endReason ??= LEAVING_REASONS[message.why]
        listeners.onLeaving(message.why)
        return
      case 'drained':
        this.#killAfter(EXIT_MARGIN_MS)
        return
    }
  }

  #killAfter(ms: number): void {
    clearTimeout(this.#killTimer)
    this.#killTimer = setTimeout(() => this.#child.kill('SIGKILL'), ms)
  }

  #giveUpStarting(): void {
    this.#startFailure = `It was not ready within ${this.launch.config.startTimeoutMs} ms`
    this.kill('hung')
  }

  #exitFacts(exitCode: number | null, exitSignal: NodeJS.Signals | null): HttpProcessExit {
    // node:cluster gives 0 or null for the one that does not apply.
    const signal = exitSignal || null
    const code = signal ? null : exitCode
    const now = performance.now()
    const oomKilled = oomKills() > this.#oomKillsBefore
    return {
      code,
      signal,
      reason: exitReason({ code, signal, announced: this.#endReason, oomKilled }),
      livedMs: Math.round(now - this.startedAt),
      servedMs: this.#readyAt === undefined ? 0 : Math.round(now - this.#readyAt),
      startFailure:
        this.#readyAt === undefined ? (this.#startFailure ?? endedEarly(code, signal)) : undefined,
    }
  }
}

function endedEarly(code: number | null, signal: NodeJS.Signals | null): string {
  return `An HTTP process ended before it was ready (${signal ?? `exit code ${code}`}); the log has the reason`
}
