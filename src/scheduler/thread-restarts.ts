import type { Worker as NodeThread } from 'node:worker_threads'
import { countedMetrics } from '../observability/metrics/metric-table.ts'
import type { Meters } from '../observability/metrics/meters.ts'
import { type ThreadRestartReason, threadRestartReasons } from '../protocol/operators-api.ts'
import { isOutOfMemory } from './thread-handle.ts'

/** Counts threads that ended and were replaced, by reason: each once. */
export class ThreadRestarts {
  readonly #meters: Meters
  readonly #slot: string
  readonly #reasons = new WeakMap<NodeThread, ThreadRestartReason>()
  readonly #counts = new Map<ThreadRestartReason, number>()
  #stopped = false

  constructor(meters: Meters, slot: string) {
    this.#meters = meters
    this.#slot = slot
  }

  /** @param onEnd called when the thread has really ended */
  watch(thread: NodeThread, onEnd: () => void): void {
    thread.once('error', (error) => this.expect(thread, isOutOfMemory(error) ? 'out-of-memory' : 'crash'))
    thread.once('exit', () => {
      if (this.#stopped) return
      const reason = this.#reasons.get(thread) ?? 'crash'
      this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1)
      this.#meters.count(countedMetrics.threadRestarts, [this.#slot, reason])
      onEnd()
    })
  }

  /** Says why a thread is about to end. The first reason counts. */
  expect(thread: NodeThread, reason: ThreadRestartReason): void {
    if (!this.#reasons.has(thread)) this.#reasons.set(thread, reason)
  }

  /** Threads that end from now on are not replaced. */
  stop(): void {
    this.#stopped = true
  }

  counts(): Record<ThreadRestartReason, number> {
    const entries = threadRestartReasons.map((reason) => [reason, this.#counts.get(reason) ?? 0])
    return Object.fromEntries(entries)
  }
}
