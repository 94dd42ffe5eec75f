import cluster from 'node:cluster'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { listenFailure } from '../config/listen-failure.ts'
import { ConfigError, loadConfig, unknownVariableWarnings } from '../config/load-config.ts'
import type { Config } from '../config/settings.ts'
import { createLogger, type Logger } from '../observability/logger.ts'
import type { HttpProcessExit } from './http-process-handle.ts'
import { startOpsServer } from './ops-server.ts'
import { Slot } from './slot.ts'

/** How the program ends. Documented in docs/operations.md. */
const EXIT = { ok: 0, failed: 1, badSettings: 2 } as const

/** The program of the primary: settings, ports, processes; then it waits for a signal. */
export async function runPrimary(): Promise<void> {
  try {
    const config = loadConfig(process.env)
    const log = createLogger({ level: config.logLevel, role: 'primary' })
    for (const warning of unknownVariableWarnings(process.env)) log.warn(warning)
    await new Primary({ ...config, port: await freePort(config) }, log).start()
  } catch (error) {
    if (error instanceof ConfigError) endWith(EXIT.badSettings, error.message)
    if (error instanceof StartError) endWith(EXIT.failed, error.message)
    throw error
  }
}

/** Signals this close together are one wish to stop. */
const SAME_SIGNAL_MS = 500

/** The cluster cannot start, for a reason that a person has to remove. */
class StartError extends Error {
  override readonly name = 'StartError'
}

class Primary {
  readonly #config: Config
  readonly #log: Logger
  readonly #slots: readonly Slot[]
  #opsServer: Server | undefined
  #stopping: Promise<void> | undefined
  #firstSignalAt: number | undefined

  constructor(config: Config, log: Logger) {
    this.#config = config
    this.#log = log
    this.#slots = Array.from({ length: config.processes }, (_, number) => new Slot(number, config, log))
  }

  async start(): Promise<void> {
    this.#handleSignals()
    const opsPort = await this.#startOpsServer()
    prepareForks()
    const starts = this.#slots.map((slot) => slot.start())
    const failure = await firstFailure(starts)
    if (this.#stopping) return
    if (failure) {
      await this.stop()
      throw new StartError(startFailure(failure))
    }
    this.#announce(opsPort)
    // Somebody like PM2 waits for this word (its wait_ready).
    process.send?.('ready')
  }

  /** Drains every process, bounded in time, and closes the operators' server. Settles when all have ended. */
  stop(): Promise<void> {
    this.#stopping ??= (async () => {
      await Promise.all(this.#slots.map((slot) => slot.stop()))
      this.#opsServer?.closeAllConnections()
      this.#opsServer?.close()
    })()
    return this.#stopping
  }

  async #startOpsServer(): Promise<number> {
    const { opsHost, opsPort } = this.#config
    try {
      const { server, port } = await startOpsServer(this.#config, {
        slots: () => this.#slots.map((slot) => slot.status),
      })
      this.#opsServer = server
      return port
    } catch (error) {
      throw new StartError(listenFailure(error, 'OFFLOOP_OPS_PORT', opsHost, opsPort) ?? String(error))
    }
  }

  #handleSignals(): void {
    const onSignal = (signal: NodeJS.Signals) => void this.#onStopSignal(signal)
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal)
  }

  /** The first signal drains, a second one does not wait. */
  async #onStopSignal(signal: NodeJS.Signals): Promise<void> {
    this.#firstSignalAt ??= performance.now()
    if (this.#stopping) {
      // Ctrl-C under npm arrives twice: from the terminal and from npm. So it does from timeout(1).
      if (performance.now() - this.#firstSignalAt < SAME_SIGNAL_MS) return
      this.#log.warn({ signal }, 'a second signal: ending at once')
      for (const slot of this.#slots) slot.kill()
      process.exit(EXIT.failed)
    }
    this.#log.info({ signal }, 'shutting down')
    await this.stop()
    this.#log.info('shut down')
    process.exit(EXIT.ok)
  }

  #announce(opsPort: number): void {
    const { host, port, opsHost, processes, threads } = this.#config
    const url = urlOf(host, port)
    const opsUrl = urlOf(opsHost, opsPort)
    this.#log.info(
      { url, opsUrl, processes, threads },
      `Offloop is ready at ${url} (HTTP processes: ${processes}, threads in each: ${threads}), for operators at ${opsUrl}`,
    )
  }
}

/**
 * A port that can be listened on: the configured one, or for 0 one that the system chooses, so that
 * all processes share it, respawned ones included.
 *
 * Asked here, before anything is forked, because each HTTP process would otherwise load its threads
 * first and fail then.
 */
async function freePort({ host, port }: Config): Promise<number> {
  const probe = createServer()
  try {
    probe.listen({ host, port })
    await once(probe, 'listening')
    return (probe.address() as AddressInfo).port
  } catch (error) {
    throw new StartError(listenFailure(error, 'PORT', host, port) ?? String(error))
  } finally {
    await new Promise((resolve) => probe.close(resolve))
  }
}

/**
 * The program is named because under PM2 `argv[1]` is a file of PM2's. V8's helper threads run at
 * normal priority and would compete with the event loops: one a process is enough (measured: the p99
 * of a light request under full load falls from 15–25 to 10–15 ms).
 */
function prepareForks(): void {
  cluster.setupPrimary({
    exec: fileURLToPath(new URL(`../main${extname(import.meta.url)}`, import.meta.url)),
    execArgv: [...process.execArgv, '--v8-pool-size=1'],
    args: [],
  })
}

/** How the first process ended that did not become ready; undefined once all are. */
function firstFailure(
  starts: readonly Promise<HttpProcessExit | undefined>[],
): Promise<HttpProcessExit | undefined> {
  return new Promise((resolve) => {
    for (const start of starts) void start.then((failure) => failure && resolve(failure))
    void Promise.all(starts).then(() => resolve(undefined))
  })
}

function startFailure({ startFailure: reason, code, signal }: HttpProcessExit): string {
  return (
    reason ??
    `An HTTP process ended before it was ready (${signal ?? `exit code ${code}`}); the log has the reason`
  )
}

function urlOf(host: string, port: number): string {
  const anyAddress = host === '0.0.0.0' || host === '::'
  const name = anyAddress ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `http://${name}:${port}`
}

function endWith(code: number, sentence: string): never {
  process.stderr.write(`offloop: ${sentence}\n`)
  process.exit(code)
}
