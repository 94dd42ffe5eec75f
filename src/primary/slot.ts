import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../observability/logger.ts'
import type { ExitReason, SlotOutcome, SlotStatus } from '../protocol/operators-api.ts'
import type {
  HeartbeatMessage,
  InputMessage,
  LeavingMessage,
  PrimaryMessage,
} from '../protocol/process-messages.ts'
import { ExitRecord } from './exit-record.ts'
import type { HttpProcessExit } from './http-process-exit.ts'
import { HttpProcessHandle } from './http-process-handle.ts'
import type { Launch } from './launch.ts'
import { decideRespawn } from './respawn-policy.ts'
import type { Seats } from './seats.ts'

/** What a slot needs of its cluster. */
export interface SlotSurroundings {
  readonly log: Logger
  readonly seats: Seats
  /** Nothing is replaced any more. */
  readonly isStopping: () => boolean
  /** Whether requests are served while this slot does not. */
  readonly othersServe: (slot: Slot) => boolean
  readonly onHeartbeat: (message: HeartbeatMessage) => void
  readonly onInput: (message: InputMessage) => void
  /** What a process has to know before its first request. */
  readonly firstWords: () => readonly PrimaryMessage[]
  readonly onExit: (exit: HttpProcessExit, handle: HttpProcessHandle) => void
}

/** A process manager that signals a whole tree reaches the children first: the primary's turn comes within this. */
const TREE_SIGNAL_MS = 100

/** A place for one HTTP process, filled again each time its process dies. */
export class Slot {
  readonly number: number
  readonly #surroundings: SlotSurroundings
  readonly #exits = new ExitRecord()
  /** What its processes are started with: that of the last one which became ready. */
  #launch: Launch
  #current: HttpProcessHandle | undefined
  /** Takes the place of the current one once it is ready. */
  #incoming: HttpProcessHandle | undefined
  readonly #replaced = new Set<HttpProcessHandle>()
  #turn: Promise<unknown> = Promise.resolve()
  #respawnTimer: NodeJS.Timeout | undefined
  #failures = 0
  #crashLoop = false
  #restarts = 0
  #closed = false

  constructor(number: number, launch: Launch, surroundings: SlotSurroundings) {
    this.number = number
    this.#launch = launch
    this.#surroundings = surroundings
  }

  /**
   * Forks the process of this slot.
   *
   * @returns undefined once it serves, else how it ended before; in that case too it will be replaced
   */
  async start(): Promise<HttpProcessExit | undefined> {
    const handle = this.#fork(this.#launch)
    this.#current = handle
    return (await this.#becomesReady(handle)) ? undefined : handle.exited
  }

  /**
   * Starts a new process and, once that is ready, drains the old one. Settles when the old one has
   * ended. Where the new one does not become ready the old one stays.
   */
  replace(launch: Launch, reason: ExitReason): Promise<SlotOutcome> {
    return this.#inTurn(() => this.#replace(launch, reason))
  }

  /** The same with the settings that it has, unless another process has taken the place of this one already. */
  replaceProcess(handle: HttpProcessHandle, reason: ExitReason): Promise<SlotOutcome | undefined> {
    return this.#inTurn(async () =>
      handle === this.#current ? this.#replace(this.#launch, reason) : undefined,
    )
  }

  /** Drains the process and leaves the slot empty. Settles when all that were in it have ended. */
  async stop(reason: ExitReason, delayMs = 0): Promise<void> {
    this.#close()
    const processes = this.processes()
    for (const handle of processes) handle.drain(reason, delayMs)
    await Promise.all(processes.map(({ exited }) => exited))
  }

  /** Ends the processes at once. */
  kill(): void {
    this.#close()
    for (const handle of this.processes()) handle.kill('shutdown')
  }

  /** The process that serves; undefined while there is none. */
  get serving(): HttpProcessHandle | undefined {
    return this.#current?.state === 'ready' ? this.#current : undefined
  }

  /** Every process that has not ended. */
  processes(): HttpProcessHandle[] {
    return [this.#current, this.#incoming, ...this.#replaced].filter(
      (handle) => handle !== undefined && handle.state !== 'exited',
    ) as HttpProcessHandle[]
  }

  get status(): SlotStatus {
    const handle = this.#current
    const alive = handle !== undefined && handle.state !== 'exited'
    return {
      slot: this.number,
      pid: alive ? handle.pid : null,
      state: handle?.state ?? 'exited',
      ageSeconds: alive ? Math.round((performance.now() - handle.startedAt) / 1000) : 0,
      restarts: this.#restarts,
      exits: this.#exits.counts,
      lastExit: this.#exits.last,
      crashLoop: this.#crashLoop,
      replacementPid: this.#incoming?.pid ?? null,
      drainingPids: [...this.#replaced].map(({ pid }) => pid),
      vitals: alive ? handle.vitals : null,
    }
  }

  /** One replacement after another. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => {})
    return result
  }

  async #replace(launch: Launch, reason: ExitReason): Promise<SlotOutcome> {
    clearTimeout(this.#respawnTimer)
    const old = this.#current?.state === 'exited' ? undefined : this.#current
    const oldPid = old?.pid ?? null
    if (this.#closed) return failed(this.number, oldPid, 'The slot is closed')
    const incoming = this.#fork(launch)
    this.#incoming = incoming
    const ready = await this.#becomesReady(incoming)
    this.#incoming = undefined
    if (!ready) {
      const { startFailure } = await incoming.exited
      if (this.#current?.state === 'exited') this.#respawnLater(0)
      return failed(this.number, oldPid, startFailure ?? 'It ended before it was ready')
    }
    this.#current = incoming
    this.#launch = launch
    this.#restarts += 1
    const readyMs = Math.round(performance.now() - incoming.startedAt)
    await this.#retire(old, reason)
    const outcome = old === undefined ? 'started' : 'replaced'
    return { slot: this.number, outcome, oldPid, newPid: incoming.pid, readyMs, reason: null }
  }

  async #retire(old: HttpProcessHandle | undefined, reason: ExitReason): Promise<void> {
    if (old === undefined || old.state === 'exited') return
    this.#replaced.add(old)
    old.drain(reason)
    await old.exited
    this.#replaced.delete(old)
  }

  #fork(launch: Launch): HttpProcessHandle {
    const { seats, onHeartbeat, onInput, firstWords } = this.#surroundings
    const handle: HttpProcessHandle = new HttpProcessHandle(this.number, launch, seats, {
      onHeartbeat,
      onInput,
      onLeaving: (why) => void this.#letLeave(handle, why),
    })
    for (const message of firstWords()) handle.tell(message)
    void handle.exited.then((exit) => this.#onExit(handle, exit))
    return handle
  }

  async #becomesReady(handle: HttpProcessHandle): Promise<boolean> {
    const ready = await handle.ready
    if (ready) {
      this.#crashLoop = false
      this.#surroundings.log.info(
        {
          slot: this.number,
          childPid: handle.pid,
          startMs: Math.round(performance.now() - handle.startedAt),
        },
        'HTTP process ready',
      )
    }
    return ready
  }

  /** It asked for a replacement: that comes first where it can, and it drains in any case. */
  async #letLeave(handle: HttpProcessHandle, why: LeavingMessage['why']): Promise<void> {
    const reason: ExitReason = why === 'signal' ? 'shutdown' : why
    if (why === 'signal') await sleep(TREE_SIGNAL_MS)
    if (this.#closed || this.#surroundings.isStopping()) return
    // What an uncaught error has left behind is trusted no longer than necessary.
    if (why === 'crash' && this.#surroundings.othersServe(this)) handle.drain(reason)
    await this.replaceProcess(handle, reason)
    handle.drain(reason)
  }

  #onExit(handle: HttpProcessHandle, exit: HttpProcessExit): void {
    const { log, onExit } = this.#surroundings
    this.#exits.add(exit, handle.pid)
    onExit(exit, handle)
    const facts = { slot: this.number, childPid: handle.pid, ...exit }
    const expected = ['reload', 'scale', 'shutdown', 'age', 'memory'].includes(exit.reason)
    if (this.#isReplaced(handle)) {
      if (expected) log.info(facts, 'HTTP process ended')
      else log.error(facts, 'HTTP process died')
      return
    }
    const respawnInMs = this.#respawnLater(exit.servedMs)
    log.error(
      { ...facts, failures: Math.round(this.#failures), crashLoop: this.#crashLoop, respawnInMs },
      'HTTP process died',
    )
  }

  /** Nobody has to do anything about its end. */
  #isReplaced(handle: HttpProcessHandle): boolean {
    return (
      handle !== this.#current ||
      this.#incoming !== undefined ||
      this.#closed ||
      this.#surroundings.isStopping()
    )
  }

  #respawnLater(servedMs: number): number {
    if (this.#closed || this.#surroundings.isStopping()) return 0
    const { failures, delayMs, crashLoop } = decideRespawn(this.#failures, servedMs, Math.random())
    this.#failures = failures
    this.#crashLoop = crashLoop
    this.#respawnTimer = setTimeout(() => {
      this.#restarts += 1
      void this.start()
    }, delayMs)
    return delayMs
  }

  #close(): void {
    this.#closed = true
    clearTimeout(this.#respawnTimer)
  }
}

function failed(slot: number, oldPid: number | null, reason: string): SlotOutcome {
  return { slot, outcome: 'failed', oldPid, newPid: null, readyMs: null, reason }
}
