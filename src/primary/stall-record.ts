import { StallTotals } from '../observability/stall-totals.ts'
import type { StallSummary } from '../protocol/operators-api.ts'
import type { HttpProcessExit } from './http-process-exit.ts'

/** The stalls of processes that have ended: what blocked event loops stays known when those are gone. */
export class StallRecord {
  readonly #ended = new StallTotals()

  /**
   * @param counted what the process said last of its stalls; undefined where it came to say nothing
   * @param unfinished the stall that it ended in, which it cannot have counted
   */
  add(counted: StallSummary | undefined, unfinished: HttpProcessExit['stall']): void {
    if (counted) this.#ended.merge(counted)
    if (unfinished) this.#ended.add({ ...unfinished, at: new Date().toISOString() })
  }

  /** With those of the processes that live. */
  summary(living: readonly StallSummary[]): StallSummary {
    const all = new StallTotals()
    for (const each of [this.#ended.summary(), ...living]) all.merge(each)
    return all.summary()
  }
}
