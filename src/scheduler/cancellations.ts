import { countedMetrics } from '../observability/metrics/metric-table.ts'
import type { Meters } from '../observability/metrics/meters.ts'
import type { CancelCounts, CancelReason, CancelStage } from '../protocol/operators-api.ts'

export const cancelReasons: readonly CancelReason[] = ['caller-gone', 'time-limit']
export const cancelStages: readonly CancelStage[] = ['queued', 'stopped', 'finished', 'terminated']

/** Counts what was given up before it had its answer, by reason and by how far it had come. */
export class Cancellations {
  readonly #meters: Meters
  readonly #counts = { 'caller-gone': noneYet(), 'time-limit': noneYet() }

  constructor(meters: Meters) {
    this.#meters = meters
  }

  record(reason: CancelReason, stage: CancelStage): void {
    this.#counts[reason][stage] += 1
    this.#meters.count(countedMetrics.taskCancellations, [reason, stage])
  }

  get counts(): CancelCounts {
    return structuredClone(this.#counts)
  }
}

function noneYet(): Record<CancelStage, number> {
  return { queued: 0, stopped: 0, finished: 0, terminated: 0 }
}
