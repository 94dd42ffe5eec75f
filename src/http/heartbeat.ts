import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { NO_STALLS } from '../observability/stall-totals.ts'
import type { LoopVitals, SharingCounts, StallSummary } from '../protocol/operators-api.ts'
import type { InputGuard } from '../scheduler/input-guard.ts'
import type { Scheduler } from '../scheduler/scheduler.ts'
import type { ThreadPool } from '../scheduler/thread-pool.ts'
import type { RequestCounter } from './request-counter.ts'
import { tellPrimary } from './tell-primary.ts'

const INTERVAL_MS = 1000

/** How finely the delay of the loop is sampled. */
const DELAY_RESOLUTION_MS = 20

export interface HeartbeatSources {
  readonly scheduler: Scheduler
  readonly pool: Pick<ThreadPool, 'threadRestarts'>
  readonly requests: RequestCounter
  readonly sharing: { readonly counts: SharingCounts }
  readonly inputs: InputGuard
  /** Undefined where stalls are not watched. */
  readonly stalls: () => StallSummary | undefined
}

/** Tells the primary each second how this process is. From a loop that hangs it hears nothing, and that tells it too. */
export class Heartbeat {
  readonly #sources: HeartbeatSources
  readonly #delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS })
  #utilization = performance.eventLoopUtilization()

  constructor(sources: HeartbeatSources) {
    this.#sources = sources
  }

  /** Never keeps the process alive by itself. */
  start(): void {
    this.#delay.enable()
    setInterval(() => void this.beat(), INTERVAL_MS).unref()
  }

  /** Settles when the message is out. To be called once more at the end, so that the last runs are counted. */
  beat(): Promise<void> {
    const { scheduler, pool, requests, sharing, inputs } = this.#sources
    const { rss, heapUsed } = process.memoryUsage()
    return tellPrimary({
      type: 'heartbeat',
      loop: this.#loopVitals(),
      memory: { rssBytes: rss, heapUsedBytes: heapUsed },
      requests: { total: requests.total, inFlight: requests.inFlight },
      queuedTasks: scheduler.queued,
      runningTasks: scheduler.running,
      threads: scheduler.threads(),
      sharing: sharing.counts,
      cancellations: scheduler.cancellations.counts,
      threadRestarts: pool.threadRestarts(),
      runs: scheduler.runCounter.take(),
      refusedInputs: inputs.takeRefusals(),
    })
  }

  #loopVitals(): LoopVitals {
    const before = this.#utilization
    this.#utilization = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(this.#utilization, before)
    const vitals = {
      delayMeanMs: delayMs(this.#delay.mean),
      delayMaxMs: delayMs(this.#delay.max),
      utilization: Math.round(utilization * 1000) / 1000,
      stalls: this.#sources.stalls() ?? NO_STALLS,
    }
    this.#delay.reset()
    return vitals
  }
}

/** The histogram holds the time between two samples in nanoseconds; what goes beyond their distance is delay. */
function delayMs(nanoseconds: number): number {
  const ms = nanoseconds / 1e6 - DELAY_RESOLUTION_MS
  return Number.isFinite(ms) ? Math.max(0, Math.round(ms * 100) / 100) : 0
}
