import { bucketOf } from '../observability/duration-buckets.ts'
import type { RunCounts } from '../protocol/process-messages.ts'

/** Counts the runs that end, and gives the counts away in portions, for somebody who adds them up. */
export class RunCounter {
  #completed = 0
  #failed = 0
  #sumMs = 0
  #minMs = Number.POSITIVE_INFINITY
  #maxMs = 0
  #buckets = new Map<number, number>()

  /** @param runMs time on the thread */
  record(runMs: number, outcome: 'completed' | 'failed'): void {
    if (outcome === 'completed') this.#completed += 1
    else this.#failed += 1
    this.#sumMs += runMs
    this.#minMs = Math.min(this.#minMs, runMs)
    this.#maxMs = Math.max(this.#maxMs, runMs)
    const bucket = bucketOf(runMs)
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1)
  }

  /** What was counted since the call before. */
  take(): RunCounts {
    const counts = {
      completed: this.#completed,
      failed: this.#failed,
      sumMs: this.#sumMs,
      minMs: this.#buckets.size === 0 ? 0 : this.#minMs,
      maxMs: this.#maxMs,
      buckets: [...this.#buckets],
    }
    this.#completed = 0
    this.#failed = 0
    this.#sumMs = 0
    this.#minMs = Number.POSITIVE_INFINITY
    this.#maxMs = 0
    this.#buckets = new Map()
    return counts
  }
}
