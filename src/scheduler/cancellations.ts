import type { CancelCounts, CancelReason, CancelStage } from '../protocol/operators-api.ts'

/** Counts what was given up before it had its answer, by reason and by how far it had come. */
export class Cancellations {
  readonly #counts = { 'caller-gone': noneYet(), 'time-limit': noneYet() }

  record(reason: CancelReason, stage: CancelStage): void {
    this.#counts[reason][stage] += 1
  }

  get counts(): CancelCounts {
    return structuredClone(this.#counts)
  }
}

function noneYet(): Record<CancelStage, number> {
  return { queued: 0, stopped: 0, finished: 0, terminated: 0 }
}
