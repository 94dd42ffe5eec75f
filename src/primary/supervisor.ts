import { availableCores } from '../config/available-cores.ts'
import { changedSettings, settingsThatNeedRestart } from '../config/changed-settings.ts'
import type { Config } from '../config/settings.ts'
import { ProblemError } from '../errors.ts'
import type { Logger } from '../observability/logger.ts'
import type { ClusterStatus, ReloadVerdict, ScaleVerdict, SlotOutcome } from '../protocol/operators-api.ts'
import type { PrimaryMessage } from '../protocol/process-messages.ts'
import { ClusterLogLevel } from './cluster-log-level.ts'
import { ExitRecord } from './exit-record.ts'
import { startHealthWatch } from './health-watch.ts'
import type { HttpProcessExit } from './http-process-exit.ts'
import { inBatches } from './in-batches.ts'
import { InputWatch } from './input-watch.ts'
import { type Launch, readLaunch } from './launch.ts'
import { Exemplars } from './metrics/exemplars.ts'
import { PrimaryCounters } from './metrics/primary-counters.ts'
import { OneAtATime } from './one-at-a-time.ts'
import { Recycling } from './recycling.ts'
import { kept, rollingReload } from './rolling-reload.ts'
import { scaleTo } from './scaling.ts'
import type { Seats } from './seats.ts'
import { Slot } from './slot.ts'
import { StallRecord } from './stall-record.ts'
import { TaskTotals } from './task-totals.ts'

/**
 * Keeps the slots filled, and changes them: reload, scale, recycle, stop. One change at a time.
 */
export class Supervisor {
  readonly totals = new TaskTotals()
  readonly exits = new ExitRecord()
  readonly counters = new PrimaryCounters()
  readonly exemplars = new Exemplars()
  readonly inputs: InputWatch
  readonly logLevel: ClusterLogLevel
  readonly stalls = new StallRecord()
  readonly #log: Logger
  readonly #seats: Seats
  readonly #slots: Slot[]
  readonly #operations = new OneAtATime<NonNullable<ClusterStatus['operation']>>()
  readonly #healthWatch: { stop(): void }
  /** As the settings say, with port 0 and the like not resolved: what a reload compares with. */
  #configured: Config
  /** What new slots are started with. */
  #launch: Launch
  #reloading = false
  #lastReload: (ReloadVerdict & { readonly endedAt: string }) | null = null
  #stopped: Promise<void> | undefined

  /**
   * @param launch with everything resolved that all processes share
   * @param configured the settings as they were read
   */
  constructor(launch: Launch, configured: Config, seats: Seats, log: Logger) {
    this.#launch = launch
    this.#configured = configured
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
      this.counters.countReload(word)
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
      const { drainDelayMs } = this.#launch.config
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
    return this.#launch.config
  }

  get operation(): ClusterStatus['operation'] {
    return this.#operations.running
  }

  get lastReload(): (ReloadVerdict & { readonly endedAt: string }) | null {
    return this.#lastReload
  }

  /** Settings that differ from their defaults. */
  get changedSettings(): Record<string, string | number> {
    return changedSettings(this.#configured)
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
    const next = this.#readNext()
    if (typeof next === 'string') return verdict(this.#slots.map(kept), next)

    const slots = await rollingReload(this.#slots, next.launch)
    const failed = slots.find(({ outcome }) => outcome === 'failed')
    if (this.stopping) return verdict(slots, 'The cluster is shutting down')
    if (failed) return verdict(slots, failed.reason)
    const rescaled = await this.#adopt(next.launch, next.configured)
    const notStarted = rescaled.find(({ outcome }) => outcome === 'failed')
    return verdict([...slots, ...rescaled], notStarted?.reason ?? null)
  }

  /** The settings as they are now, or why they cannot be used. */
  #readNext(): { launch: Launch; configured: Config } | string {
    try {
      const { config: configured, environment } = readLaunch()
      const fixed = settingsThatNeedRestart(this.#configured, configured)
      if (fixed.length > 0) return `Cannot change ${fixed.join(', ')} by a reload: expected a restart`
      const { port, accept } = this.#launch.config
      return { configured, launch: { environment, config: { ...configured, port, accept } } }
    } catch (error) {
      return (error as Error).message
    }
  }

  /** Settings that belong to the primary take effect, the number of processes among them. */
  async #adopt(launch: Launch, configured: Config): Promise<readonly SlotOutcome[]> {
    const { processes } = configured
    const rescaled = processes !== this.#configured.processes && processes !== this.#slots.length
    // As with the number of processes: what was changed at run time stays until the setting itself changes.
    const relevelled = configured.logLevel !== this.#configured.logLevel
    this.#launch = launch
    this.#configured = configured
    if (relevelled) this.logLevel.change(configured.logLevel)
    if (!rescaled) return []
    const outcomes = await this.#scaleTo(processes)
    // What did not succeed is tried again by the next reload.
    if (this.#slots.length !== processes) this.#configured = { ...configured, processes: this.#slots.length }
    return outcomes
  }

  #scaleTo(processes: number): Promise<SlotOutcome[]> {
    return scaleTo(this.#slots, processes, (number) => this.#newSlot(number))
  }

  #newSlot(number: number): Slot {
    this.counters.addSlot(number)
    return new Slot(number, this.#launch, {
      log: this.#log,
      seats: this.#seats,
      isStopping: () => this.stopping,
      othersServe: (slot) => this.#slots.some((each) => each !== slot && each.serving !== undefined),
      onHeartbeat: ({ runs, refusedInputs, exemplars }) => {
        this.totals.add(runs, performance.now())
        this.inputs.onRefusals(refusedInputs)
        this.exemplars.add(exemplars)
      },
      onInput: (message) => this.inputs.onMessage(message),
      firstWords: () => [this.logLevel.message, this.inputs.known].filter((each) => each !== undefined),
      onExit: (exit, { pid, vitals }) => {
        this.exits.add(exit, pid)
        this.counters.countExit(number, exit.reason)
        this.stalls.add(vitals?.loop.stalls, exit.stall)
        this.inputs.onProcessDeath(exit.suspects ?? [])
      },
    })
  }

  #assertEnough(processes: number): void {
    const { minReady } = this.#launch.config
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
