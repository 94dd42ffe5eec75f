import cluster from 'node:cluster'
import { listenFailure } from '../config/listen-failure.ts'
import { ConfigError, loadConfig, SEAT_VARIABLE, SLOT_VARIABLE } from '../config/load-config.ts'
import type { Config } from '../config/settings.ts'
import { SharedLogLevel } from '../observability/log-level.ts'
import { createLogger, flushLog, type Logger } from '../observability/logger.ts'
import type { Meters } from '../observability/metrics/meters.ts'
import { ownMeters } from '../observability/metrics/own-meters.ts'
import type { DiagnoseMessage, LeavingMessage, PrimaryMessage } from '../protocol/process-messages.ts'
import { TaskLoadError } from '../scheduler/boot-threads.ts'
import { InputGuard } from '../scheduler/input-guard.ts'
import { startThreadPool } from '../scheduler/node-thread-pool.ts'
import type { OpenThreads, ThreadPool } from '../scheduler/thread-pool.ts'
import { serveDiagnosis } from './diagnosis-server.ts'
import { Draining } from './draining.ts'
import { HttpService } from './http-service.ts'
import { tellPrimary } from './tell-primary.ts'
import { startTracing, type Tracing } from './tracing/tracing.ts'

/** The program of an HTTP process: boot, say ready, serve, drain, exit. */
export async function runHttpProcess(): Promise<void> {
  const config = loadConfig(process.env)
  const slot = Number(process.env[SLOT_VARIABLE])
  const log = createLogger({ level: config.logLevel, role: 'http', slot })
  const httpProcess = new HttpProcess(config, log, slot)
  const onSignal = (signal: NodeJS.Signals) => httpProcess.onSignal(signal)
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal)
  // For the primary; a closing terminal sends the first to all.
  for (const signal of ['SIGHUP', 'SIGTTIN', 'SIGTTOU'] as const) process.on(signal, () => {})
  // Node turns a rejection that nobody handles into one of these.
  process.on('uncaughtException', (error, origin) => httpProcess.onUncaught(error, origin))
  process.on('message', (message: PrimaryMessage) => httpProcess.onPrimary(message))
  cluster.worker?.on('disconnect', () => void httpProcess.drain('the primary has gone'))
  await httpProcess.start()
}

/** How long a process goes on after an uncaught error: its state may be broken, its requests are not. */
const CRASH_DRAIN_MS = 5000

/** Beyond the time in which a replacement should be ready, a process no longer waits to be told to drain. */
const REPLACEMENT_MARGIN_MS = 5000

/** Time to end the threads. It takes some milliseconds, or for ever. */
const EXIT_MARGIN_MS = 1000

/** Errors after the first one are logged while it drains; as many as this are a storm, and it ends at once. */
const MOST_UNCAUGHT = 10

class HttpProcess {
  readonly inputs = new InputGuard((message) => void tellPrimary(message))
  readonly #config: Config
  readonly #log: Logger
  readonly #slot: number
  readonly #meters: Meters
  readonly #logLevel: SharedLogLevel
  readonly #draining = new Draining()
  #pool: (ThreadPool & OpenThreads) | undefined
  /** Undefined while the threads load. */
  #service: HttpService | undefined
  #tracing: Tracing | undefined
  #leaving = false
  #uncaught = 0

  constructor(config: Config, log: Logger, slot: number) {
    this.#config = config
    this.#log = log
    this.#slot = slot
    this.#meters = ownMeters(config.metrics === 'on', process.env[SEAT_VARIABLE], log)
    this.#logLevel = SharedLogLevel.of(config.logLevel)
  }

  async start(): Promise<void> {
    try {
      // Express and what belongs to it are loaded while the threads load the tasks.
      const [pool, { createApp }, tracing] = await Promise.all([
        this.#startPool(),
        import('./app.ts'),
        startTracing(this.#slot, this.#log),
      ])
      this.#pool = pool
      this.#tracing = tracing
      this.#service = new HttpService({
        config: this.#config,
        slot: this.#slot,
        log: this.#log,
        logLevel: this.#logLevel,
        meters: this.#meters,
        tracing,
        inputs: this.inputs,
        draining: this.#draining,
        pool,
        createApp,
      })
      await this.#service.start()
    } catch (error) {
      await this.#failStart(error)
      return
    }
    if (!this.#draining.begun) await tellPrimary({ type: 'ready' })
  }

  onPrimary(message: PrimaryMessage): void {
    switch (message.type) {
      case 'drain':
        void this.drain('asked by the primary', message.delayMs)
        return
      case 'known-inputs':
        this.inputs.learn(message.inputs)
        return
      case 'log-level':
        this.#logLevel.level = message.level
        this.#logLevel.applyTo(this.#log)
        return
      case 'diagnose':
        this.#diagnose(message)
        return
    }
  }

  /**
   * Says that it is not ready, after a while stops accepting, finishes what is in flight within the
   * drain time, and exits. Further calls change nothing.
   */
  async drain(why: string, delayMs = 0): Promise<void> {
    if (this.#draining.announced) return
    this.#draining.announce()
    // A child whose channel closes is otherwise ended by node:cluster at once.
    if (cluster.worker) cluster.worker.exitedAfterDisconnect = true
    this.#log.info({ why, ...(delayMs > 0 && { delayMs }) }, 'draining')
    if (delayMs === 0) void tellPrimary({ type: 'draining' })
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs))
    await this.#finishRequests()
    await this.#service?.sayLastWord()
    await this.#tracing?.flush()
    await tellPrimary({ type: 'drained' })
    // A thread that cannot be ended would go on for ever, and exit() would wait for it. The primary
    // kills such a process, if it is still there.
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), EXIT_MARGIN_MS)
    await this.#service?.close()
    await this.#pool?.destroy()
    await this.#exit()
  }

  /** Somebody else than the primary wants this process to end. */
  onSignal(signal: NodeJS.Signals): void {
    if (this.#leaving) void this.drain(`a second ${signal}`)
    else this.#leave('signal', signal, this.#config.startTimeoutMs + REPLACEMENT_MARGIN_MS)
  }

  /** Nobody knows what state the process is in now, so it is replaced, soon. */
  onUncaught(error: Error, origin: string): void {
    this.#uncaught += 1
    process.exitCode = 1
    if (this.#uncaught > MOST_UNCAUGHT) return
    this.#log.fatal({ err: error, origin }, 'uncaught error')
    if (this.#uncaught === MOST_UNCAUGHT) void this.#exit()
    if (this.#uncaught === 1) this.#leave('crash', 'an uncaught error', CRASH_DRAIN_MS)
  }

  /** The primary asks only a process that has said that it is ready. */
  #diagnose(message: DiagnoseMessage): void {
    if (this.#pool) serveDiagnosis(message, this.#pool, this.#log)
  }

  #onBrokenPool(reason: string): void {
    this.#log.fatal({ reason }, 'the pool of threads is broken')
    process.exitCode = 1
    if (!this.#leaving) this.#leave('hung', reason, this.#config.startTimeoutMs + REPLACEMENT_MARGIN_MS)
  }

  /** Asks the primary for a replacement, and drains when that is there, or without one after a while. */
  #leave(why: LeavingMessage['why'], reason: string, patienceMs: number): void {
    this.#leaving = true
    if (this.#service === undefined || !process.connected) {
      void this.drain(reason)
      return
    }
    this.#log.warn({ why: reason }, 'asking for a replacement')
    void tellPrimary({ type: 'leaving', why })
    // Where it asks a second time, for a worse reason, the shorter patience counts.
    setTimeout(() => void this.drain(reason), patienceMs)
  }

  #startPool(): Promise<ThreadPool & OpenThreads> {
    return startThreadPool({
      config: this.#config,
      log: this.#log,
      meters: this.#meters,
      slot: String(this.#slot),
      logLevel: this.#logLevel,
      onBroken: (reason) => this.#onBrokenPool(reason),
    })
  }

  async #finishRequests(): Promise<void> {
    const { drainTimeoutMs } = this.#config
    const timeoutMs = this.#uncaught > 0 ? Math.min(CRASH_DRAIN_MS, drainTimeoutMs) : drainTimeoutMs
    const cut = (await this.#service?.drain(timeoutMs)) ?? 0
    if (cut > 0) this.#log.warn({ requests: cut }, 'the drain time is over, requests were cut off')
  }

  async #failStart(error: unknown): Promise<void> {
    const reason = startFailure(error, this.#config)
    if (reason === undefined) this.#log.fatal({ err: error }, 'cannot start')
    else await tellPrimary({ type: 'start-failed', reason })
    process.exitCode = 1
    await this.#exit()
  }

  /** Ends the process with `process.exitCode`, once its last lines are written. */
  async #exit(): Promise<never> {
    await flushLog(this.#log)
    process.exit()
  }
}

/** A sentence for what would fail again; undefined for what might not. */
function startFailure(error: unknown, { host, port }: Config): string | undefined {
  if (error instanceof TaskLoadError || error instanceof ConfigError) return error.message
  return listenFailure(error, 'PORT', host, port)
}
