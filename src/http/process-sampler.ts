import { statSync } from 'node:fs'
import { constants, type PerformanceEntry, performance, PerformanceObserver } from 'node:perf_hooks'
import { countedMetrics } from '../observability/metrics/metric-table.ts'
import type { Meters } from '../observability/metrics/meters.ts'
import type { LoopVitals, ProcessVitals } from '../protocol/operators-api.ts'

/** How often the delay of the loop is sampled. Each time wakes a process that has nothing else to do. */
const DELAY_INTERVAL_MS = 50

export type ProcessSample = Pick<ProcessVitals, 'memory' | 'openFds'> & {
  readonly loop: Omit<LoopVitals, 'stalls'>
}

/** Looks at this process and its event loop. */
export class ProcessSampler {
  readonly #meters: Meters
  readonly #slot: string
  #utilization = performance.eventLoopUtilization()
  #cpuSeconds = 0
  /** Milliseconds, since the last look: counted together, because to count writes to the board. */
  #delays: number[] = []

  constructor(meters: Meters, slot: string) {
    this.#meters = meters
    this.#slot = slot
  }

  /** Never keeps the process alive by itself. */
  start(): void {
    let lastMs = performance.now()
    setInterval(() => {
      const now = performance.now()
      this.#delays.push(Math.max(0, now - lastMs - DELAY_INTERVAL_MS))
      lastMs = now
    }, DELAY_INTERVAL_MS).unref()
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) this.#recordGc(entry)
    })
    observer.observe({ entryTypes: ['gc'] })
  }

  /** How it was since the call before. */
  sample(): ProcessSample {
    const { rss, heapUsed } = process.memoryUsage()
    this.#countCpu()
    return {
      loop: this.#loop(),
      memory: { rssBytes: rss, heapUsedBytes: heapUsed },
      openFds: openFds(),
    }
  }

  #recordGc({ duration, detail }: GcEntry): void {
    const kind = GC_KINDS.get(detail?.kind ?? 0) ?? 'other'
    this.#meters.observe(countedMetrics.gcDuration, [this.#slot, kind], duration / 1000)
  }

  #loop(): ProcessSample['loop'] {
    const before = this.#utilization
    this.#utilization = performance.eventLoopUtilization()
    const { utilization, active } = performance.eventLoopUtilization(this.#utilization, before)
    this.#meters.count(countedMetrics.loopActive, [this.#slot], active / 1000)
    const delays = this.#delays
    this.#delays = []
    for (const ms of delays) this.#meters.observe(countedMetrics.loopDelay, [this.#slot], ms / 1000)
    return {
      delayMeanMs: hundredths(delays.reduce((sum, ms) => sum + ms, 0) / Math.max(1, delays.length)),
      delayMaxMs: hundredths(Math.max(0, ...delays)),
      utilization: Math.round(utilization * 1000) / 1000,
    }
  }

  #countCpu(): void {
    const { user, system } = process.cpuUsage()
    const cpuSeconds = (user + system) / 1e6
    this.#meters.count(countedMetrics.processCpu, [this.#slot], cpuSeconds - this.#cpuSeconds)
    this.#cpuSeconds = cpuSeconds
  }
}

/** Node's types leave out what such an entry has. */
type GcEntry = PerformanceEntry & { readonly detail?: { readonly kind: number } }

const GC_KINDS = new Map<number, string>([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weak-callback'],
])

/** Linux 6.2 and later tell it as the size of the folder, without a list of thousands of connections; else null. */
function openFds(): number | null {
  const { size = 0 } = statSync('/proc/self/fd', { throwIfNoEntry: false }) ?? {}
  return size > 0 ? size : null
}

function hundredths(ms: number): number {
  return Math.round(ms * 100) / 100
}
