import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { listenFailure } from '../config/listen-failure.ts'
import { ConfigError, unknownVariableWarnings } from '../config/load-config.ts'
import type { Config } from '../config/settings.ts'
import { createLogger, flushLog, type Logger } from '../observability/logger.ts'
import type { ClusterStatus } from '../protocol/operators-api.ts'
import { resolveAccept } from './accept-mode.ts'
import { clusterStatus } from './cluster-status.ts'
import { ConnectionHandoff } from './connection-handoff.ts'
import { Diagnosis } from './diagnosis/diagnosis.ts'
import { clusterMetrics } from './metrics/cluster-metrics.ts'
import type { ContentType } from './metrics/content-type.ts'
import { MetricTotals } from './metrics/metric-totals.ts'
import { type Launch, prepareForks, readLaunch } from './launch.ts'
import { openBoard } from './open-board.ts'
import { type ClusterControl, startOpsServer } from './ops-server.ts'
import { PortKeeper } from './port-keeper.ts'
import { Seats } from './seats.ts'
import { Supervisor } from './supervisor.ts'

/** How the program ends. Documented in docs/operations.md. */
const EXIT = { ok: 0, failed: 1, badSettings: 2 } as const

/** The program of the primary: settings, ports, processes; then it waits for signals. */
export async function runPrimary(): Promise<void> {
  let log: Logger | undefined
  try {
    const { config: configured, environment } = readLaunch()
    log = createLogger({ level: configured.logLevel, role: 'primary' })
    for (const warning of unknownVariableWarnings(environment)) log.warn(warning)
    const accept = resolveAccept(configured.accept)
    const config = { ...configured, accept, port: await freePort(configured) }
    await new Primary({ config, environment }, configured, log).start()
  } catch (error) {
    const expected = error instanceof ConfigError || error instanceof StartError
    if (!expected) throw error
    // The sentence last, below the lines that led to it.
    if (log !== undefined) await flushLog(log)
    endWith(error instanceof ConfigError ? EXIT.badSettings : EXIT.failed, error.message)
  }
}

/** Signals this close together are one wish to stop. */
const SAME_SIGNAL_MS = 500

/** Time for the last answers of the operators' server. */
const OPS_LINGER_MS = 300

/** The cluster cannot start, for a reason that a person has to remove. */
class StartError extends Error {
  override readonly name = 'StartError'
}

class Primary {
  readonly #config: Config
  readonly #log: Logger
  readonly #supervisor: Supervisor
  readonly #totals = new MetricTotals()
  readonly #boardFd: number
  /** Undefined where each process listens for itself. */
  readonly #connections: ConnectionHandoff | undefined
  #opsServer: Server | undefined
  #stopSignalAt: number | undefined
  #exitCode: number = EXIT.ok

  constructor(launch: Launch, configured: Config, log: Logger) {
    this.#config = launch.config
    this.#log = log
    const { board, fd } = sharedBoard()
    this.#boardFd = fd
    if (launch.config.accept === 'round-robin') {
      this.#connections = new ConnectionHandoff(new PortKeeper(launch.config, log))
    }
    this.#supervisor = new Supervisor(launch, configured, new Seats(board, this.#totals), log)
  }

  async start(): Promise<void> {
    this.#handleSignals()
    const opsPort = await this.#startOpsServer()
    prepareForks(this.#boardFd)
    const started = this.#supervisor.start()
    // While the processes load what they need: at the first scrape it would hold up the connections that come then.
    const loaded = import('./metrics/exposition.ts')
    const [failure] = await Promise.all([started, loaded])
    if (this.#supervisor.stopping) return
    if (failure) {
      await this.#supervisor.stop()
      throw new StartError(failure.startFailure)
    }
    this.#announce(opsPort)
    // Somebody like PM2 waits for this word (its wait_ready).
    process.send?.('ready', undefined, undefined, () => {})
  }

  async #startOpsServer(): Promise<number> {
    const { opsHost, opsPort } = this.#config
    try {
      const { server, port } = await startOpsServer({
        config: this.#config,
        cluster: this.#control(),
        log: this.#log,
      })
      this.#opsServer = server
      return port
    } catch (error) {
      throw new StartError(listenFailure(error, 'OFFLOOP_OPS_PORT', opsHost, opsPort) ?? String(error))
    }
  }

  #control(): ClusterControl {
    const supervisor = this.#supervisor
    return {
      status: () => this.#status(),
      metrics: (contentType) => this.#metrics(contentType),
      minReady: () => supervisor.config.minReady,
      reload: () => supervisor.reload(),
      scale: (processes) => supervisor.scale(processes),
      setLogLevel: (level) => supervisor.logLevel.change(level),
      stop: () => void this.#stop({ by: 'an operator' }),
      diagnosis: new Diagnosis(() => supervisor.slots),
    }
  }

  async #metrics(contentType: ContentType): Promise<string> {
    // Loaded behind the start: it takes as long as the rest of the primary.
    const { print } = await import('./metrics/exposition.ts')
    const { counters, exemplars } = this.#supervisor.record
    const sources = { status: this.#status(), totals: this.#totals, exemplars, counters }
    return print(clusterMetrics(sources), contentType)
  }

  #status(): ClusterStatus {
    return clusterStatus(this.#supervisor, urlOf(this.#config.host, this.#config.port))
  }

  #handleSignals(): void {
    const onStop = (signal: NodeJS.Signals) => this.#onStopSignal(signal)
    process.on('SIGTERM', onStop).on('SIGINT', onStop)
    process.on('SIGHUP', (signal) => this.#attempt(signal, () => this.#supervisor.reload()))
    const scaleBy = (change: number) => (signal: NodeJS.Signals) =>
      this.#attempt(signal, () => this.#supervisor.scale((now) => now + change))
    process.on('SIGTTIN', scaleBy(1)).on('SIGTTOU', scaleBy(-1))
    process.on('uncaughtException', (error, origin) => this.#onUncaught(error, origin))
  }

  /** What a signal asks for: nobody waits for the answer, so the log has it. */
  #attempt(signal: NodeJS.Signals, operation: () => Promise<unknown>): void {
    this.#log.info({ signal }, 'signal')
    operation().catch((error: Error) => this.#log.warn({ signal }, error.message))
  }

  /** The first signal drains, a second one does not wait. */
  #onStopSignal(signal: NodeJS.Signals): void {
    const now = performance.now()
    // Ctrl-C under npm arrives twice: from the terminal and from npm. So it does from timeout(1).
    const repeated = this.#stopSignalAt !== undefined && now - this.#stopSignalAt < SAME_SIGNAL_MS
    this.#stopSignalAt ??= now
    if (repeated) return
    if (this.#supervisor.stopping) {
      this.#log.warn({ signal }, 'a second signal: ending at once')
      this.#supervisor.kill()
      this.#exitCode = EXIT.failed
      void this.#exit()
      return
    }
    void this.#stop({ signal })
  }

  #onUncaught(error: Error, origin: string): void {
    this.#log.fatal({ err: error, origin }, 'uncaught error in the primary')
    this.#exitCode = EXIT.failed
    void this.#stop({ by: 'an uncaught error' })
  }

  /** Drains and ends the program. Further calls change nothing. */
  async #stop(facts: object): Promise<void> {
    if (this.#supervisor.stopping) return
    this.#log.info(facts, 'shutting down')
    this.#connections?.close()
    await this.#supervisor.stop()
    await this.#closeOpsServer()
    this.#log.info('shut down')
    await this.#exit()
  }

  /** Ends the program once its last lines are written. */
  async #exit(): Promise<never> {
    await flushLog(this.#log)
    process.exit(this.#exitCode)
  }

  /** Who waits for the verdict of a reload gets it, then everybody is cut off. */
  async #closeOpsServer(): Promise<void> {
    const server = this.#opsServer
    if (server === undefined) return
    const cut = setTimeout(() => server.closeAllConnections(), OPS_LINGER_MS)
    await new Promise((resolve) => server.close(resolve))
    clearTimeout(cut)
  }

  #announce(opsPort: number): void {
    const { host, port, opsHost, processes, threads, accept } = this.#config
    const url = urlOf(host, port)
    const opsUrl = urlOf(opsHost, opsPort)
    this.#log.info(
      { url, opsUrl, processes, threads, accept },
      `Offloop is ready at ${url} (HTTP processes: ${processes}, threads in each: ${threads}), for operators at ${opsUrl}`,
    )
  }
}

/** @throws {StartError} where there is no place for it */
function sharedBoard(): ReturnType<typeof openBoard> {
  try {
    return openBoard()
  } catch (error) {
    throw new StartError((error as Error).message)
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

function urlOf(host: string, port: number): string {
  const anyAddress = host === '0.0.0.0' || host === '::'
  const name = anyAddress ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `http://${name}:${port}`
}

function endWith(code: number, sentence: string): never {
  process.stderr.write(`offloop: ${sentence}\n`)
  process.exit(code)
}
