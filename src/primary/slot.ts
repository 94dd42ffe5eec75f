import type { Config } from '../config/settings.ts'
import type { Logger } from '../observability/logger.ts'
import { type HttpProcessExit, HttpProcessHandle, type HttpProcessState } from './http-process-handle.ts'
import { decideRespawn } from './respawn-policy.ts'

/** What an operator sees of a slot. */
export interface SlotStatus {
  readonly slot: number
  readonly pid: number | null
  readonly state: HttpProcessState
  readonly ageSeconds: number
  readonly restarts: number
}

/** A place for one HTTP process, filled again each time its process dies. */
export class Slot {
  readonly number: number
  readonly #config: Config
  readonly #log: Logger
  #handle: HttpProcessHandle | undefined
  #respawnTimer: NodeJS.Timeout | undefined
  #failures = 0
  #restarts = 0
  #stopping = false

  constructor(number: number, config: Config, log: Logger) {
    this.number = number
    this.#config = config
    this.#log = log.child({ slot: number })
  }

  /**
   * Forks the process of this slot.
   *
   * @returns undefined once it serves, else how it ended before; in that case too it will be replaced
   */
  async start(): Promise<HttpProcessExit | undefined> {
    const handle = new HttpProcessHandle(this.number, this.#config)
    this.#handle = handle
    void handle.exited.then((exit) => this.#onExit(handle, exit))
    if (!(await handle.ready)) return handle.exited
    this.#log.info(
      { childPid: handle.pid, startMs: Math.round(performance.now() - handle.startedAt) },
      'HTTP process ready',
    )
    return undefined
  }

  /** Drains the process and leaves the slot empty. Settles when the process has ended. */
  async stop(): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#respawnTimer)
    this.#handle?.drain()
    await this.#handle?.exited
  }

  /** Ends the process at once. */
  kill(): void {
    this.#stopping = true
    clearTimeout(this.#respawnTimer)
    this.#handle?.kill()
  }

  get status(): SlotStatus {
    const handle = this.#handle
    const alive = handle !== undefined && handle.state !== 'exited'
    return {
      slot: this.number,
      pid: alive ? handle.pid : null,
      state: handle?.state ?? 'exited',
      ageSeconds: alive ? Math.round((performance.now() - handle.startedAt) / 1000) : 0,
      restarts: this.#restarts,
    }
  }

  #onExit(handle: HttpProcessHandle, exit: HttpProcessExit): void {
    const facts = { childPid: handle.pid, ...exit, livedMs: Math.round(exit.livedMs) }
    if (this.#stopping) {
      this.#log.info(facts, 'HTTP process ended')
      return
    }
    const { failures, delayMs } = decideRespawn(this.#failures, exit.livedMs)
    this.#failures = failures
    this.#log.error({ ...facts, failures, respawnInMs: delayMs }, 'HTTP process died')
    this.#respawnTimer = setTimeout(() => this.#respawn(), delayMs)
  }

  #respawn(): void {
    this.#restarts += 1
    void this.start()
  }
}
