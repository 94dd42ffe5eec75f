import { percentileOf } from '../observability/duration-buckets.ts'
import type { RunTimes } from '../protocol/operators-api.ts'
import type { RunCounts } from '../protocol/process-messages.ts'

const WINDOW_SECONDS = 60

/**
 * Adds up the runs of all processes, in one sum since the start and in one for each of the last sixty
 * seconds. What a process had counted stays when it ends.
 */
export class TaskTotals {
  readonly #sinceStart = new RunSum()
  readonly #seconds = new Map<number, RunSum>()

  /** @param nowMs on any clock that does not jump */
  add(counts: RunCounts, nowMs: number): void {
    if (counts.buckets.length === 0) return
    this.#sinceStart.add(counts)
    const second = Math.floor(nowMs / 1000)
    const sum = this.#seconds.get(second) ?? new RunSum()
    sum.add(counts)
    this.#seconds.set(second, sum)
    this.#forget(second)
  }

  sinceStart(): RunTimes {
    return this.#sinceStart.times()
  }

  lastMinute(nowMs: number): RunTimes {
    this.#forget(Math.floor(nowMs / 1000))
    const sum = new RunSum()
    for (const second of this.#seconds.values()) sum.merge(second)
    return sum.times()
  }

  #forget(second: number): void {
    for (const each of this.#seconds.keys()) if (each <= second - WINDOW_SECONDS) this.#seconds.delete(each)
  }
}

class RunSum {
  #completed = 0
  #failed = 0
  #sumMs = 0
  #minMs = Number.POSITIVE_INFINITY
  #maxMs = 0
  readonly #buckets = new Map<number, number>()

  add({ completed, failed, sumMs, minMs, maxMs, buckets }: RunCounts): void {
    this.#completed += completed
    this.#failed += failed
    this.#sumMs += sumMs
    this.#minMs = Math.min(this.#minMs, minMs)
    this.#maxMs = Math.max(this.#maxMs, maxMs)
    for (const [bucket, count] of buckets) this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + count)
  }

  merge(other: RunSum): void {
    this.add({
      completed: other.#completed,
      failed: other.#failed,
      sumMs: other.#sumMs,
      minMs: other.#minMs,
      maxMs: other.#maxMs,
      buckets: [...other.#buckets],
    })
  }

  times(): RunTimes {
    const count = this.#completed + this.#failed
    const percentile = (share: number) => this.#within(percentileOf(this.#buckets, share))
    return {
      count,
      failed: this.#failed,
      min: count === 0 ? 0 : rounded(this.#minMs),
      max: rounded(this.#maxMs),
      mean: count === 0 ? 0 : rounded(this.#sumMs / count),
      median: percentile(0.5),
      p95: percentile(0.95),
      p99: percentile(0.99),
    }
  }

  /** The middle of a bucket may lie beyond all that is in it. */
  #within(ms: number): number {
    return rounded(Math.min(this.#maxMs, Math.max(ms, Math.min(this.#minMs, this.#maxMs))))
  }
}

/** To four digits: to hundredths, a percentile of a tenth of a millisecond would be 5 % off. */
function rounded(ms: number): number {
  return Number(ms.toPrecision(4))
}
