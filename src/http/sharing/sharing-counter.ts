import type { SharingCounts } from '../../protocol/operators-api.ts'

/** What becomes of runs that are passed between processes, since this one started. */
export class SharingCounter {
  #given = 0
  #refused = 0
  #failed = 0
  #taken = 0

  /** One of ours, offered to a sibling: it has begun there, was refused, or the sibling could not be reached. */
  recordOffer(outcome: 'begun' | 'refused' | 'failed'): void {
    if (outcome === 'begun') this.#given += 1
    else if (outcome === 'refused') this.#refused += 1
    else this.#failed += 1
  }

  /** One of a sibling's, begun here. */
  recordTaken(): void {
    this.#taken += 1
  }

  get counts(): SharingCounts {
    return { given: this.#given, taken: this.#taken, refused: this.#refused, failed: this.#failed }
  }
}
