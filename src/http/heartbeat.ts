import { countedMetrics } from '../observability/metrics/metric-table.ts'
import type { Meters } from '../observability/metrics/meters.ts'
import { NO_STALLS } from '../observability/stall-totals.ts'
import type { SharingCounts, StallSummary } from '../protocol/operators-api.ts'
import type { InputGuard } from '../scheduler/input-guard.ts'
import type { Scheduler } from '../scheduler/scheduler.ts'
import type { ThreadPool } from '../scheduler/thread-pool.ts'
import type { ProcessSampler } from './process-sampler.ts'
import { tellPrimary } from './tell-primary.ts'
import type { TrafficCounter } from './traffic-counter.ts'

const INTERVAL_MS = 1000

export interface HeartbeatSources {
  readonly sampler: ProcessSampler
  readonly scheduler: Scheduler
  readonly pool: Pick<ThreadPool, 'threadRestarts' | 'sampleThreads'>
  readonly traffic: TrafficCounter
  readonly sharing: { readonly counts: SharingCounts }
  readonly inputs: InputGuard
  /** Undefined where stalls are not watched. */
  readonly stalls: () => StallSummary | undefined
  readonly meters: Meters
  readonly slot: string
}

/** Tells the primary each second how this process is. From a loop that hangs it hears nothing, and that tells it too. */
export class Heartbeat {
  readonly #sources: HeartbeatSources
  #stalls = NO_STALLS

  constructor(sources: HeartbeatSources) {
    this.#sources = sources
  }

  /** Begins at once, so that a process that is ready has said how it is. Never keeps it alive by itself. */
  start(): void {
    this.#sources.sampler.start()
    void this.beat()
    setInterval(() => void this.beat(), INTERVAL_MS).unref()
  }

  /** Settles when the message is out. To be called once more at the end, so that the last runs are counted. */
  beat(): Promise<void> {
    const { sampler, scheduler, pool, traffic, sharing, inputs, meters } = this.#sources
    pool.sampleThreads()
    const { loop, memory, openFds } = sampler.sample()
    return tellPrimary({
      type: 'heartbeat',
      loop: { ...loop, stalls: this.#countStalls() },
      memory,
      openFds,
      connections: traffic.connections,
      requests: traffic.requests,
      queuedTasks: scheduler.queued,
      runningTasks: scheduler.running,
      heldBytes: scheduler.memory.usedBytes,
      threads: scheduler.threads(),
      sharing: sharing.counts,
      cancellations: scheduler.cancellations.counts,
      threadRestarts: pool.threadRestarts(),
      runs: scheduler.runCounter.take(),
      refusedInputs: inputs.takeRefusals(),
      exemplars: meters.takeExemplars(),
    })
  }

  #countStalls(): StallSummary {
    const { meters, slot } = this.#sources
    const stalls = this.#sources.stalls() ?? NO_STALLS
    meters.count(countedMetrics.loopStalls, [slot], stalls.count - this.#stalls.count)
    meters.count(countedMetrics.loopStalled, [slot], (stalls.totalMs - this.#stalls.totalMs) / 1000)
    this.#stalls = stalls
    return stalls
  }
}
