import type { EventLoopUtilization } from 'node:perf_hooks'
import type { Worker as NodeThread } from 'node:worker_threads'
import { countedMetrics } from '../observability/metrics/metric-table.ts'
import type { Meters } from '../observability/metrics/meters.ts'
import type { ThreadFigures } from '../protocol/operators-api.ts'

/** What is known of one thread. */
interface Known {
  loop: EventLoopUtilization | undefined
  utilization: number
  heapUsedBytes: number | null
  cpuSeconds: number
  /** It has not answered yet. */
  asked: boolean
}

/**
 * Looks at the threads each second from outside: how much of the time they worked, their CPU time, their heap.
 * A thread answers such questions in the middle of a loop too, and late only out of native code.
 */
export class ThreadSampler {
  readonly #meters: Meters
  readonly #slot: string
  readonly #known = new WeakMap<NodeThread, Known>()

  constructor(meters: Meters, slot: string) {
    this.#meters = meters
    this.#slot = slot
  }

  /** @param place of the thread, from 0, which it has from the one before it */
  sample(thread: NodeThread, place: number): void {
    const known = this.#knownOf(thread)
    const labels = [this.#slot, String(place)] as const
    const loop = thread.performance.eventLoopUtilization()
    const since = known.loop ? thread.performance.eventLoopUtilization(loop, known.loop) : loop
    this.#meters.count(countedMetrics.threadActive, labels, since.active / 1000)
    known.loop = loop
    known.utilization = Math.round(since.utilization * 1000) / 1000
    if (known.asked) return
    known.asked = true
    // Who has ended meanwhile has no answer.
    this.#ask(thread, known, labels).catch(() => {})
  }

  of(thread: NodeThread | undefined): Pick<ThreadFigures, 'utilization' | 'heapUsedBytes'> {
    const { utilization = 0, heapUsedBytes = null } = (thread && this.#known.get(thread)) ?? {}
    return { utilization, heapUsedBytes }
  }

  #knownOf(thread: NodeThread): Known {
    const known = this.#known.get(thread) ?? {
      loop: undefined,
      utilization: 0,
      heapUsedBytes: null,
      cpuSeconds: 0,
      asked: false,
    }
    this.#known.set(thread, known)
    return known
  }

  async #ask(thread: NodeThread, known: Known, labels: readonly [string, string]): Promise<void> {
    const [heap, cpu] = await Promise.all([
      thread.getHeapStatistics(),
      // Node.js 24.6 and later.
      'cpuUsage' in thread ? thread.cpuUsage() : undefined,
    ])
    known.asked = false
    known.heapUsedBytes = heap.used_heap_size
    if (cpu === undefined) return
    const cpuSeconds = (cpu.user + cpu.system) / 1e6
    this.#meters.count(countedMetrics.threadCpu, labels, cpuSeconds - known.cpuSeconds)
    known.cpuSeconds = cpuSeconds
  }
}
