import cluster from 'node:cluster'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { listenFailure } from '../config/listen-failure.ts'
import { loadConfig, SLOT_VARIABLE } from '../config/load-config.ts'
import type { Config } from '../config/settings.ts'
import { createLogger, type Logger } from '../observability/logger.ts'
import type { HttpProcessMessage, PrimaryMessage } from '../protocol/process-messages.ts'
import { startThreadPool, TaskLoadError } from '../scheduler/piscina-thread-pool.ts'
import { Scheduler } from '../scheduler/scheduler.ts'
import type { ThreadPool } from '../scheduler/thread-pool.ts'
import { createApp } from './app.ts'
import { Draining, drainServer } from './draining.ts'
import { createHttpServer } from './server.ts'

/** The program of an HTTP process: boot, say ready, serve, drain, exit. */
export async function runHttpProcess(): Promise<void> {
  const config = loadConfig(process.env)
  const log = createLogger({ level: config.logLevel, role: 'http', slot: Number(process.env[SLOT_VARIABLE]) })
  const httpProcess = new HttpProcess(config, log)
  process.on('SIGTERM', () => void httpProcess.drain('SIGTERM'))
  process.on('SIGINT', () => void httpProcess.drain('SIGINT'))
  process.on('message', (message: PrimaryMessage) => {
    if (message.type === 'drain') void httpProcess.drain('asked by the primary')
  })
  cluster.worker?.on('disconnect', () => void httpProcess.drain('the primary has gone'))
  await httpProcess.start()
}

class HttpProcess {
  readonly #config: Config
  readonly #log: Logger
  #pool: ThreadPool | undefined
  #server: Server | undefined
  readonly #draining = new Draining()

  constructor(config: Config, log: Logger) {
    this.#config = config
    this.#log = log
  }

  async start(): Promise<void> {
    try {
      const pool = await startThreadPool({
        config: this.#config,
        log: this.#log,
        onBroken: (reason) => void this.drain(reason, 1),
      })
      this.#pool = pool
      this.#server = await this.#listen(pool)
    } catch (error) {
      await this.#failStart(error)
      return
    }
    if (!this.#draining.begun) await tellPrimary({ type: 'ready' })
  }

  /** Stops accepting, finishes what is in flight within the drain time, and exits. Further calls change nothing. */
  async drain(why: string, exitCode = 0): Promise<void> {
    if (this.#draining.begun) return
    this.#draining.begin()
    // A child whose channel closes is otherwise ended by node:cluster at once.
    if (cluster.worker) cluster.worker.exitedAfterDisconnect = true
    this.#log.info({ why }, 'draining')
    const cut = this.#server ? await drainServer(this.#server, this.#config.drainTimeoutMs) : 0
    if (cut > 0) this.#log.warn({ connections: cut }, 'the drain time is over, connections were cut')
    await tellPrimary({ type: 'drained' })
    await this.#pool?.destroy()
    process.exit(exitCode)
  }

  async #listen(pool: ThreadPool): Promise<Server> {
    const { catalogue } = pool
    const scheduler = new Scheduler(pool, this.#config)
    const app = createApp({
      catalogue,
      scheduler,
      log: this.#log,
      isReady: () => !this.#draining.begun && pool.liveThreads() > 0,
      draining: this.#draining,
    })
    const server = createHttpServer(app, this.#config)
    server.listen({ port: this.#config.port, host: this.#config.host })
    await once(server, 'listening')
    return server
  }

  async #failStart(error: unknown): Promise<void> {
    const reason = startFailure(error, this.#config)
    if (reason === undefined) this.#log.fatal({ err: error }, 'cannot start')
    else await tellPrimary({ type: 'start-failed', reason })
    process.exit(1)
  }
}

/** A sentence for what would fail again; undefined for what might not. */
function startFailure(error: unknown, { host, port }: Config): string | undefined {
  if (error instanceof TaskLoadError) return error.message
  return listenFailure(error, 'PORT', host, port)
}

/** Resolves when the message is out, or cannot be. `send` without a callback would emit `error`. */
function tellPrimary(message: HttpProcessMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send) process.send(message, undefined, undefined, () => resolve())
    else resolve()
  })
}
