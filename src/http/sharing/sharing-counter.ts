import { countedMetrics } from '../../observability/metrics/metric-table.ts'
import type { Meters } from '../../observability/metrics/meters.ts'
import type { SharingCounts } from '../../protocol/operators-api.ts'

/** What becomes of runs that are passed between processes, since this one started. */
export class SharingCounter {
  readonly #meters: Meters
  #given = 0
  #refused = 0
  #failed = 0
  #taken = 0

  constructor(meters: Meters) {
    this.#meters = meters
  }

  /** One of ours, offered to a sibling: it has begun there, was refused, or the sibling could not be reached. */
  recordOffer(outcome: 'begun' | 'refused' | 'failed'): void {
    if (outcome === 'begun') this.#given += 1
    else if (outcome === 'refused') this.#refused += 1
    else this.#failed += 1
    this.#count(outcome === 'begun' ? 'given' : outcome)
  }

  /** One of a sibling's, begun here. */
  recordTaken(): void {
    this.#taken += 1
    this.#count('taken')
  }

  get counts(): SharingCounts {
    return { given: this.#given, taken: this.#taken, refused: this.#refused, failed: this.#failed }
  }

  #count(outcome: keyof SharingCounts): void {
    this.#meters.count(countedMetrics.taskShared, [outcome])
  }
}
