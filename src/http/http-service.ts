import { once } from 'node:events'
import type { Server } from 'node:http'
import { SEAT_VARIABLE } from '../config/load-config.ts'
import type { Config } from '../config/settings.ts'
import type { SharedLogLevel } from '../observability/log-level.ts'
import type { Logger } from '../observability/logger.ts'
import type { Meters } from '../observability/metrics/meters.ts'
import { type StallWatch, startStallWatch } from '../observability/stall-watch.ts'
import type { InputGuard } from '../scheduler/input-guard.ts'
import { Scheduler } from '../scheduler/scheduler.ts'
import type { ThreadPool } from '../scheduler/thread-pool.ts'
import type { AppDependencies, createApp } from './app.ts'
import { BODY_RATE_WINDOW_MS } from './body-rate.ts'
import { declareSeries } from './declare-series.ts'
import { type Draining, ServerDrain } from './draining.ts'
import { Heartbeat } from './heartbeat.ts'
import { ProcessSampler } from './process-sampler.ts'
import { createHttpServer } from './server.ts'
import { WorkSharing } from './sharing/work-sharing.ts'
import { ANSWER_RATE_WINDOW_MS } from './slow-readers.ts'
import type { Tracing } from './tracing/tracing.ts'
import { TrafficCounter } from './traffic-counter.ts'

export interface HttpServiceOptions {
  readonly config: Config
  readonly slot: number
  readonly log: Logger
  readonly logLevel: SharedLogLevel
  readonly meters: Meters
  readonly tracing: Tracing
  /** What the primary has told of inputs that do harm. */
  readonly inputs: InputGuard
  readonly draining: Draining
  readonly pool: ThreadPool
  readonly createApp: typeof createApp
}

/**
 * What an HTTP process does while it serves: requests of clients and of siblings, a heartbeat, and an
 * eye on its own event loop. Composed by the constructor, and begun by {@link start}.
 */
export class HttpService {
  readonly #options: HttpServiceOptions
  readonly #scheduler: Scheduler
  readonly #sharing: WorkSharing
  readonly #server: Server
  readonly #serverDrain: ServerDrain
  readonly #traffic: TrafficCounter
  #stallWatch: StallWatch | undefined
  #heartbeat: Heartbeat | undefined

  constructor(options: HttpServiceOptions) {
    this.#options = options
    const { config, slot, log, meters, inputs, draining, pool } = options
    declareSeries(meters, String(slot), pool.catalogue)
    this.#sharing = new WorkSharing(config, meters)
    const { siblings } = this.#sharing
    this.#scheduler = new Scheduler(pool, config, { threads: inputs.over(pool), siblings, meters })
    const app = options.createApp(appDependencies(options, this.#scheduler))
    this.#server = createHttpServer(app, config, { draining, log, meters })
    this.#serverDrain = new ServerDrain(this.#server, draining)
    this.#traffic = new TrafficCounter(this.#server)
  }

  /**
   * Settles when it listens, and has said so with its first heartbeat.
   *
   * @throws where the port cannot be listened on
   */
  async start(): Promise<void> {
    const { config, pool, log } = this.#options
    await this.#sharing.start(this.#scheduler, pool.catalogue, log)
    const { port, host, accept } = config
    this.#server.listen({ port, host, reusePort: accept === 'reuse-port' })
    await once(this.#server, 'listening')
    this.#stallWatch = this.#watchStalls()
    this.#heartbeat = this.#createHeartbeat()
    this.#heartbeat.start()
  }

  /**
   * Accepts nothing more, from clients and siblings, and finishes what is in flight.
   *
   * @param timeoutMs after this long, what is still busy is cut
   * @returns the number of requests that were cut off
   */
  async drain(timeoutMs: number): Promise<number> {
    const shared = this.#sharing.drain(timeoutMs)
    const cut = await this.#serverDrain.run(timeoutMs, this.#options.config.drainIdleMs)
    await shared
    return cut
  }

  /** Tells the primary once more how it is, so that the last runs are counted. */
  async sayLastWord(): Promise<void> {
    await this.#heartbeat?.beat()
  }

  /** No longer looks at its event loop. To be called when it has drained. */
  async close(): Promise<void> {
    await this.#stallWatch?.close()
  }

  #watchStalls(): StallWatch | undefined {
    const { config, logLevel, slot } = this.#options
    if (config.blockWarnMs === 0) return undefined
    return startStallWatch({
      thresholdMs: config.blockWarnMs,
      hangMs: config.hangTimeoutMs,
      logLevel,
      slot,
      seat: Number(process.env[SEAT_VARIABLE]),
    })
  }

  #createHeartbeat(): Heartbeat {
    const { meters, pool, inputs } = this.#options
    const slot = String(this.#options.slot)
    return new Heartbeat({
      sampler: new ProcessSampler(meters, slot),
      scheduler: this.#scheduler,
      pool,
      traffic: this.#traffic,
      sharing: this.#sharing,
      inputs,
      stalls: () => this.#stallWatch?.summary(),
      meters,
      slot,
    })
  }
}

function appDependencies(
  { config, log, meters, tracing, draining, pool }: HttpServiceOptions,
  scheduler: Scheduler,
): AppDependencies {
  return {
    catalogue: pool.catalogue,
    scheduler,
    log,
    meters,
    tracing,
    isReady: () => !draining.announced && pool.liveThreads() > 0,
    draining,
    clientHeader: config.clientHeader,
    accessLogOneIn: config.accessLogOneIn,
    minBodyRate: { bytesPerSecond: config.minBodyBytesPerSecond, windowMs: BODY_RATE_WINDOW_MS },
    minAnswerRate: { bytesPerSecond: config.minAnswerBytesPerSecond, windowMs: ANSWER_RATE_WINDOW_MS },
  }
}
