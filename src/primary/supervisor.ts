import { availableCores } from '../config/available-cores.ts'
import { changedSettings } from '../config/changed-settings.ts'
import type { Config } from '../config/settings.ts'
import { ProblemError } from '../errors.ts'
import type { Logger } from '../observability/logger.ts'
import type { ClusterStatus, ReloadVerdict, ScaleVerdict, SlotOutcome } from '../protocol/operators-api.ts'
import type { PrimaryMessage } from '../protocol/process-messages.ts'
import { ClusterLogLevel } from './cluster-log-level.ts'
import { ClusterRecord } from './cluster-record.ts'
import { startHealthWatch } from './health-watch.ts'
import type { HttpProcessExit } from './http-process-exit.ts'
import { inBatches } from './in-batches.ts'
import { InputWatch } from './input-watch.ts'
import type { Launch } from './launch.ts'
import { type ClusterSettings, nextSettings } from './next-settings.ts'
import { OneAtATime } from './one-at-a-time.ts'
import { Recycling } from './recycling.ts'
import { kept, rollingReload } from './rolling-reload.ts'
import { scaleTo } from './scaling.ts'
import type { Seats } from './seats.ts'
import { Slot } from './slot.ts'

/**
 * Keeps the slots filled, and changes them: reload, scale, recycle, stop. One change at a time.
 */
export class Supervisor {
  readonly record = new ClusterRecord()
  readonly inputs: InputWatch
  readonly logLevel: ClusterLogLevel
  readonly #log: Logger
  readonly #seats: Seats
  readonly #slots: Slot[]
  readonly #operations = new OneAtATime<NonNullable<ClusterStatus['operation']>>()
  readonly #healthWatch: { stop(): void }
  #settings: ClusterSettings
  #reloading = false
  #lastReload: (ReloadVerdict & { readonly endedAt: string }) | null = null
  #stopped: Promise<void> | undefined

  /**
   * @param launch with everything resolved that all processes share
   * @param configured the settings as they were read
   */
  constructor(launch: Launch, configured: Config, seats: Seats, log: Logger) {
    this.#settings = { launch, configured }
    this.#seats = seats
    this.#log = log
    const tellAll = (message: PrimaryMessage) => {
      for (const slot of this.#slots) for (const handle of slot.processes()) handle.tell(message)
    }
    this.inputs = new InputWatch({ log, termMs: () => this.config.quarantineMs, tellAll })
    this.logLevel = new ClusterLogLevel({ log, tellAll })
    this.#slots = Array.from({ length: configured.processes }, (_, number) => this.#newSlot(number))
    const recycling = new Recycling(this.#operations, log)
    this.#healthWatch = startHealthWatch({
      slots: () => this.#slots,
      log,
      mayRecycle: () => !this.stopping && recycling.allowed,
      recycle: (...tooOld) => void recycling.recycle(...tooOld),
    })
  }

  /**
   * Starts all slots. Settles when each serves or has failed for the first time; a slot that failed is
   * tried again while the others serve.
   *
   * @returns undefined where at least one slot serves, else how the first process ended
   */
  async start(): Promise<HttpProcessExit | undefined> {
    const failures = await this.#operations.run('start', () =>
      inBatches(this.#slots, availableCores(), (slot) => slot.start()),
    )
    return failures.includes(undefined) ? undefined : failures[0]
  }

  /**
   * Replaces every process with one of the code and the settings that are there now.
   *
   * @throws {ProblemError} `RELOAD_RUNNING`, `SHUTTING_DOWN`
   */
  async reload(): Promise<ReloadVerdict> {
    this.#assertNotStopping('reload')
    if (this.#reloading) throw new ProblemError('RELOAD_RUNNING', 'Cannot reload: a reload is running')
    this.#reloading = true
    try {
      const verdict = await this.#operations.run('reload', () => this.#reload())
      this.#lastReload = { ...verdict, endedAt: new Date().toISOString() }
      const { verdict: word, ...facts } = verdict
      this.record.counters.countReload(word)
      this.#log[word === 'reloaded' ? 'info' : 'error'](facts, `reload: ${word}`)
      return verdict
    } finally {
      this.#reloading = false
    }
  }

  /**
   * Changes the number of slots, after whatever is under way.
   *
   * @param wanted the number, or what it is from the number that there are
   * @throws {ProblemError} `SHUTTING_DOWN`, `SCALE_INVALID`
   */
  async scale(wanted: number | ((now: number) => number)): Promise<ScaleVerdict> {
    this.#assertNotStopping('scale')
    return this.#operations.run('scale', async () => {
      this.#assertNotStopping('scale')
      const startedAt = performance.now()
      const processesBefore = this.#slots.length
      const processes = typeof wanted === 'number' ? wanted : wanted(processesBefore)
      this.#assertEnough(processes)
      const slots = await this.#scaleTo(processes)
      const failed = slots.find(({ outcome }) => outcome === 'failed')
      const verdict = {
        verdict: failed ? ('failed' as const) : ('scaled' as const),
        processesBefore,
        processes: this.#slots.length,
        durationMs: Math.round(performance.now() - startedAt),
        reason: failed?.reason ?? null,
        slots,
      }
      const { verdict: word, ...facts } = verdict
      this.#log[failed ? 'error' : 'info'](facts, `scale: ${word}`)
      return verdict
    })
  }

  /** Drains every process, bounded in time. Settles when all have ended. Further calls change nothing. */
  stop(): Promise<void> {
    this.#stopped ??= (async () => {
      const { drainDelayMs } = this.config
      await Promise.all(this.#slots.map((slot) => slot.stop('shutdown', drainDelayMs)))
      this.#healthWatch.stop()
    })()
    return this.#stopped
  }

  /** Ends every process at once. */
  kill(): void {
    this.#stopped ??= Promise.resolve()
    for (const slot of this.#slots) slot.kill()
  }

  get stopping(): boolean {
    return this.#stopped !== undefined
  }

  get slots(): readonly Slot[] {
    return this.#slots
  }

  get config(): Config {
    return this.#settings.launch.config
  }

  get operation(): ClusterStatus['operation'] {
    return this.#operations.running
  }

  get lastReload(): (ReloadVerdict & { readonly endedAt: string }) | null {
    return this.#lastReload
  }

  /** Settings that differ from their defaults. */
  get changedSettings(): Record<string, string | number> {
    return changedSettings(this.#settings.configured)
  }

  get readySlots(): number {
    return this.#slots.filter(({ serving }) => serving !== undefined).length
  }

  async #reload(): Promise<ReloadVerdict> {
    const startedAt = performance.now()
    const verdict = (slots: readonly SlotOutcome[], reason: string | null): ReloadVerdict => ({
      verdict: reason === null ? 'reloaded' : 'failed',
      durationMs: Math.round(performance.now() - startedAt),
      reason,
      slots,
    })
    const next = nextSettings(this.#settings)
    if (typeof next === 'string') return verdict(this.#slots.map(kept), next)

    const slots = await rollingReload(this.#slots, next.launch)
    const failed = slots.find(({ outcome }) => outcome === 'failed')
    if (this.stopping) return verdict(slots, 'The cluster is shutting down')
    if (failed) return verdict(slots, failed.reason)
    const rescaled = await this.#adopt(next)
    const notStarted = rescaled.find(({ outcome }) => outcome === 'failed')
    return verdict([...slots, ...rescaled], notStarted?.reason ?? null)
  }

  /** Settings that belong to the primary take effect, the number of processes among them. */
  async #adopt(next: ClusterSettings): Promise<readonly SlotOutcome[]> {
    const before = this.#settings.configured
    const { processes, logLevel } = next.configured
    const rescaled = processes !== before.processes && processes !== this.#slots.length
    // As with the number of processes: what was changed at run time stays until the setting itself changes.
    const relevelled = logLevel !== before.logLevel
    this.#settings = next
    if (relevelled) this.logLevel.change(logLevel)
    if (!rescaled) return []
    const outcomes = await this.#scaleTo(processes)
    // What did not succeed is tried again by the next reload.
    if (this.#slots.length !== processes) {
      this.#settings = { ...next, configured: { ...next.configured, processes: this.#slots.length } }
    }
    return outcomes
  }

  #scaleTo(processes: number): Promise<SlotOutcome[]> {
    return scaleTo(this.#slots, processes, (number) => this.#newSlot(number))
  }

  #newSlot(number: number): Slot {
    this.record.counters.addSlot(number)
    return new Slot(number, this.#settings.launch, {
      log: this.#log,
      seats: this.#seats,
      isStopping: () => this.stopping,
      othersServe: (slot) => this.#slots.some((each) => each !== slot && each.serving !== undefined),
      onHeartbeat: (message) => {
        this.record.addHeartbeat(message)
        this.inputs.onRefusals(message.refusedInputs)
      },
      onInput: (message) => this.inputs.onMessage(message),
      firstWords: () => [this.logLevel.message, this.inputs.known].filter((each) => each !== undefined),
      onExit: (exit, handle) => {
        this.record.addExit(number, exit, handle)
        this.inputs.onProcessDeath(exit.suspects ?? [])
      },
    })
  }

  #assertEnough(processes: number): void {
    const { minReady } = this.config
    if (processes >= minReady) return
    throw new ProblemError(
      'SCALE_INVALID',
      `Cannot scale to ${processes}: expected at least OFFLOOP_MIN_READY, which is ${minReady}`,
    )
  }

  #assertNotStopping(verb: string): void {
    if (this.stopping) throw new ProblemError('SHUTTING_DOWN', `Cannot ${verb}: the cluster is shutting down`)
  }
}
