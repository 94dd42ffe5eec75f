import { exitReasons, type ExitReason, type ReloadVerdict } from '../../protocol/operators-api.ts'

const VERDICTS: readonly ReloadVerdict['verdict'][] = ['reloaded', 'failed']

/** What the primary counts itself. It knows every reason beforehand, so that each can be seen from the start, at 0. */
export class PrimaryCounters {
  readonly #exits = new Map<number, Map<ExitReason, number>>()
  readonly #reloads = new Map<ReloadVerdict['verdict'], number>(VERDICTS.map((verdict) => [verdict, 0]))

  /** A slot that there is. It keeps its counts when it is removed, and when it comes back. */
  addSlot(slot: number): void {
    if (!this.#exits.has(slot)) this.#exits.set(slot, new Map(exitReasons.map((reason) => [reason, 0])))
  }

  countExit(slot: number, reason: ExitReason): void {
    this.addSlot(slot)
    const counts = this.#exits.get(slot)
    counts?.set(reason, (counts.get(reason) ?? 0) + 1)
  }

  countReload(verdict: ReloadVerdict['verdict']): void {
    this.#reloads.set(verdict, (this.#reloads.get(verdict) ?? 0) + 1)
  }

  get exits(): (readonly [labels: readonly [slot: string, reason: string], count: number])[] {
    return [...this.#exits].flatMap(([slot, counts]) =>
      [...counts].map(([reason, count]) => [[String(slot), reason], count] as const),
    )
  }

  get reloads(): (readonly [labels: readonly [verdict: string], count: number])[] {
    return [...this.#reloads].map(([verdict, count]) => [[verdict], count])
  }
}
