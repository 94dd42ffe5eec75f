import cluster, { type Worker as ClusterChild } from 'node:cluster'
import { LoopNotes } from '../protocol/loop-notes.ts'
import type { ExitReason, HttpProcessState, ProcessVitals } from '../protocol/operators-api.ts'
import type {
  HeartbeatMessage,
  HttpProcessMessage,
  InputMessage,
  LeavingMessage,
  PrimaryMessage,
} from '../protocol/process-messages.ts'
import { RunRecords } from '../protocol/run-records.ts'
import { type HttpProcessExit, httpProcessExit } from './http-process-exit.ts'
import { forkEnvironment, type Launch } from './launch.ts'
import { oomKills } from './oom-kills.ts'
import type { Seats } from './seats.ts'

export interface HttpProcessListeners {
  readonly onHeartbeat: (message: HeartbeatMessage) => void
  /** It asks for a replacement. */
  readonly onLeaving: (why: LeavingMessage['why']) => void
  readonly onInput: (message: InputMessage) => void
}

/** Time after the drain for a process to end its threads and itself. It takes some milliseconds, or for ever. */
const EXIT_MARGIN_MS = 1000

/** In place of a pid, where nothing was forked. */
const NO_PID = -1

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
  /** Undefined where it could not be forked. */
  readonly #child: ClusterChild | undefined
  readonly #oomKillsBefore = oomKills()
  #state: HttpProcessState = 'starting'
  #readyAt: number | undefined
  #heardAt = performance.now()
  #heartbeat: HeartbeatMessage | undefined
  #endReason: ExitReason | undefined
  #startFailure: string | undefined
  #killed = false
  #patienceMs = 0
  #notes: LoopNotes | undefined
  #killTimer: NodeJS.Timeout | undefined

  /** Forks the process. */
  constructor(slot: number, launch: Launch, seats: Seats, listeners: HttpProcessListeners) {
    this.launch = launch
    const ready = Promise.withResolvers<boolean>()
    const exited = Promise.withResolvers<HttpProcessExit>()
    this.ready = ready.promise
    this.exited = exited.promise
    const onEnd = (code: number | null, signal: string | null) => {
      clearTimeout(this.#killTimer)
      this.#state = 'exited'
      const exit = httpProcessExit(code, signal, {
        announced: this.#endReason,
        oomKilled: oomKills() > this.#oomKillsBefore,
        startedAt: this.startedAt,
        readyAt: this.#readyAt,
        endedAt: performance.now(),
        startFailure: this.#startFailure,
        runs: seat === undefined ? [] : new RunRecords(seats.board, seat).read(),
        stall: this.#notes?.readStall(),
      })
      if (seat !== undefined) seats.release(seat)
      ready.resolve(false)
      exited.resolve(exit)
    }
    const onForkFailed = (error: unknown) => {
      this.#startFailure = `Cannot start an HTTP process: ${(error as Error).message}`
      onEnd(null, null)
    }

    let seat: number | undefined
    const child = fork(() => {
      seat = seats.take()
      this.#notes = new LoopNotes(seats.board.fd, seat)
      return cluster.fork(forkEnvironment(slot, seat, launch))
    }, onForkFailed)
    this.#child = child
    this.pid = child?.process.pid ?? NO_PID
    if (child === undefined) return
    // A channel that breaks while a message is on its way says so here too; then the exit event follows.
    child.on('error', (error) => child.process.pid === undefined && onForkFailed(error))
    child.on('message', (message: HttpProcessMessage) => {
      this.#onMessage(message, listeners)
      if (this.#readyAt !== undefined) ready.resolve(true)
    })
    child.once('exit', onEnd)
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
    const { type: _, runs: __, refusedInputs: ___, exemplars: ____, ...vitals } = this.#heartbeat
    return { silentMs: Math.round(this.silentMs), ...vitals }
  }

  /** What it and its sentinel can be asked over the cluster's board; undefined where it was not forked. */
  get notes(): LoopNotes | undefined {
    return this.#notes
  }

  /** How much longer than usual it may be silent, because it was asked for something that stops its event loop. */
  get patienceMs(): number {
    return this.#patienceMs
  }

  /**
   * Lets it be silent for longer, until the work settles.
   *
   * @param ms on top of the hang timeout
   */
  async bearWith<Result>(ms: number, work: () => Promise<Result>): Promise<Result> {
    this.#patienceMs = ms
    try {
      return await work()
    } finally {
      this.#patienceMs = 0
      this.forgiveSilence()
    }
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
    this.#endReason ??= reason
    this.tell({ type: 'drain', delayMs })
    this.#expectEnd(delayMs)
  }

  /** Sends it a message, if it is still there. One that is sent at once after the fork comes before all requests. */
  tell(message: PrimaryMessage): void {
    // Without a callback a channel that has just closed would be an error nobody handles.
    this.#child?.send(message, () => {})
  }

  /** Ends it at once, with everything in flight. */
  kill(reason: ExitReason): void {
    this.#killed = true
    this.#endReason ??= reason
    this.#child?.process.kill('SIGKILL')
  }

  /** It was killed and has not ended: the kernel holds it, in a system call that cannot be broken off. */
  get killed(): boolean {
    return this.#killed
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
      case 'input-death':
      case 'input-harmless':
        listeners.onInput(message)
        return
      case 'leaving':
        this.#endReason ??= LEAVING_REASONS[message.why]
        listeners.onLeaving(message.why)
        return
      case 'draining':
        if (this.#state !== 'draining') this.#expectEnd(0)
        return
      case 'drained':
        this.#killAfter(EXIT_MARGIN_MS)
        return
    }
  }

  /** It drains: it is killed where that takes longer than it may. One that never served has nothing to finish. */
  #expectEnd(delayMs: number): void {
    this.#state = 'draining'
    const { drainTimeoutMs } = this.launch.config
    this.#killAfter((this.#readyAt === undefined ? 0 : delayMs + drainTimeoutMs) + EXIT_MARGIN_MS)
  }

  #killAfter(ms: number): void {
    clearTimeout(this.#killTimer)
    this.#killTimer = setTimeout(() => this.#child?.process.kill('SIGKILL'), ms)
  }

  #giveUpStarting(): void {
    this.#startFailure = `It was not ready within ${this.launch.config.startTimeoutMs} ms`
    this.kill('hung')
  }
}

/** Out of memory, processes or descriptors, a fork can fail at once, and then it throws, or a moment later. */
function fork(attempt: () => ClusterChild, onFailed: (error: unknown) => void): ClusterChild | undefined {
  try {
    return attempt()
  } catch (error) {
    // The caller is not done yet: it learns of it as of any other end.
    queueMicrotask(() => onFailed(error))
    return undefined
  }
}
