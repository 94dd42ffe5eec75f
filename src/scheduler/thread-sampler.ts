import type { EventLoopUtilization } from 'node:perf_hooks'
import type { Worker as NodeThread } from 'node:worker_threads'
import { countedMetrics } from '../observability/metrics/metric-table.ts'
import type { Meters } from '../observability/metrics/meters.ts'
import type { ThreadFigures } from '../protocol/operators-api.ts'

/** What is known of one thread. */
interface Known {
  loop: EventLoopUtilization | undefined
  /** Of its loop, as far as it is counted. */
  activeMs: number
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
    // Read beside a clock that goes on, it falls by some microseconds while the loop waits; and to 0 with the thread.
    const activeMs = Math.max(known.activeMs, loop.active)
    this.#meters.count(countedMetrics.threadActive, labels, (activeMs - known.activeMs) / 1000)
    known.activeMs = activeMs
    known.loop = loop
    known.utilization = Math.max(0, Math.round(since.utilization * 1000) / 1000)
    if (known.asked) return
    known.asked = true
    // One that has ended, or has not begun, has no answer.
    void this.#ask(thread, known, labels)
      .catch(() => {})
      .finally(() => {
        known.asked = false
      })
  }

  of(thread: NodeThread | undefined): Pick<ThreadFigures, 'utilization' | 'heapUsedBytes'> {
    const { utilization = 0, heapUsedBytes = null } = (thread && this.#known.get(thread)) ?? {}
    return { utilization, heapUsedBytes }
  }

  #knownOf(thread: NodeThread): Known {
    const known = this.#known.get(thread) ?? {
      loop: undefined,
      activeMs: 0,
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
    known.heapUsedBytes = heap.used_heap_size
    if (cpu === undefined) return
    const cpuSeconds = (cpu.user + cpu.system) / 1e6
    this.#meters.count(countedMetrics.threadCpu, labels, cpuSeconds - known.cpuSeconds)
    known.cpuSeconds = cpuSeconds
  }
}
