import type { DeathCause, QuarantineEntry } from '../protocol/operators-api.ts'
import type { KnownInput } from '../protocol/process-messages.ts'
import type { RunRecord } from '../protocol/run-records.ts'

/** A run that ended its thread or its process, or may have. */
export interface InputDeath extends RunRecord {
  readonly how: DeathCause
}

/** One death may be an accident, and of those who ran on a process that died at most one did it. */
const DEATHS_TO_QUARANTINE = 2

/** Each further quarantine of an input is twice as long, this often. */
const MOST_DOUBLINGS = 5

/**
 * More suspects than this are not remembered, and not more inputs in quarantine either, so that a flood
 * of bad ones costs neither memory nor messages. A process that dies brings 128 suspects at the most.
 */
const MOST_OF_EACH = 128

/**
 * The inputs that threads and processes died of. The first death makes an input a suspect, the second
 * one has it refused for a term; then it has one more chance, and another death has it refused for
 * twice the term. A suspect that runs to its end is forgotten, and so is one that nobody sends.
 *
 * No clock and no effects: times are milliseconds on one clock, and given.
 */
export class Quarantine {
  /** The newest death last. */
  readonly #entries = new Map<string, Entry>()

  /**
   * Notes what may have caused one death, of a thread or of a process.
   *
   * @returns what is refused from now on
   */
  recordDeath(suspects: readonly InputDeath[], now: number, termMs: number): QuarantineEntry[] {
    this.#forget(now)
    // The same input may have been running on several threads; the process died once.
    const distinct = new Map(suspects.map((suspect) => [suspect.fingerprint, suspect]))
    const condemned = [...distinct.values()].filter((suspect) => this.#recordDeathOf(suspect, now, termMs))
    this.#dropOldest(now)
    return condemned.flatMap(({ fingerprint }) => this.#status(now, fingerprint))
  }

  /**
   * An input has run to its end. Also one in quarantine is forgotten then: its run had begun before that.
   *
   * @returns whether it was known
   */
  recordHarmless(fingerprint: string): boolean {
    return this.#entries.delete(fingerprint)
  }

  recordRefusals(fingerprint: string, count: number): void {
    const entry = this.#entries.get(fingerprint)
    if (entry) entry.refusals += count
  }

  /** What HTTP processes have to know. */
  known(now: number): KnownInput[] {
    return this.entries(now).map(({ task, fingerprint, until }) => ({
      task,
      fingerprint,
      until: until === null ? null : Date.parse(until),
    }))
  }

  /** What operators may know, the oldest death first. */
  entries(now: number): QuarantineEntry[] {
    this.#forget(now)
    return this.#status(now, ...this.#entries.keys())
  }

  #status(now: number, ...fingerprints: string[]): QuarantineEntry[] {
    return fingerprints
      .map((fingerprint) => this.#entries.get(fingerprint))
      .filter((entry) => entry !== undefined)
      .map(({ death: { task, fingerprint, how, requestId }, deaths, lastDeathAt, until, refusals }) => ({
        task,
        fingerprint,
        deaths,
        lastDeathAt: new Date(lastDeathAt).toISOString(),
        how,
        requestId,
        until: until > now ? new Date(until).toISOString() : null,
        refusals,
      }))
  }

  /** @returns whether it is refused because of this death */
  #recordDeathOf(death: InputDeath, now: number, termMs: number): boolean {
    const { fingerprint } = death
    const before = this.#entries.get(fingerprint)
    if (before && isSameRun(before.death, death)) return false
    const { until, terms, refusals, forgetAt } = before ?? { until: 0, terms: 0, refusals: 0, forgetAt: 0 }
    const deaths = (before?.deaths ?? 0) + 1
    const times = { lastDeathAt: now, until, forgetAt: Math.max(forgetAt, now + termMs) }
    const died = { death, deaths, terms, refusals, ...times }
    // Runs that had begun before the quarantine may still end badly in it, which was to be expected.
    const condemned = deaths >= DEATHS_TO_QUARANTINE && until <= now
    this.#entries.delete(fingerprint)
    this.#entries.set(fingerprint, condemned ? served(died, now, termMs) : died)
    return condemned
  }

  #forget(now: number): void {
    for (const [fingerprint, { forgetAt }] of this.#entries) {
      if (forgetAt <= now) this.#entries.delete(fingerprint)
    }
  }

  /** Counted apart: a flood of suspects lets nobody out of quarantine, and a full quarantine hides no suspect. */
  #dropOldest(now: number): void {
    const isRefused = ([, { until }]: [string, Entry]) => until > now
    const refused = [...this.#entries].filter(isRefused)
    const suspects = [...this.#entries].filter((each) => !isRefused(each))
    const tooMany = [...refused.slice(0, -MOST_OF_EACH), ...suspects.slice(0, -MOST_OF_EACH)]
    for (const [fingerprint] of tooMany) this.#entries.delete(fingerprint)
  }
}

interface Entry {
  /** The last one. */
  readonly death: InputDeath
  readonly deaths: number
  readonly lastDeathAt: number
  /** End of its last quarantine, 0 before the first. */
  readonly until: number
  /** Times that it was put into quarantine. */
  readonly terms: number
  refusals: number
  readonly forgetAt: number
}

/** A thread that cannot be ended takes its process along, by an abort perhaps: that is one death, told twice. */
function isSameRun(before: InputDeath, { how, requestId }: InputDeath): boolean {
  return before.how === 'unstoppable' && how === 'process' && before.requestId === requestId
}

/** In quarantine from now on; after that the chance stands open for as long again. */
function served(entry: Entry, now: number, termMs: number): Entry {
  const lengthMs = termMs * 2 ** Math.min(entry.terms, MOST_DOUBLINGS)
  return { ...entry, terms: entry.terms + 1, until: now + lengthMs, forgetAt: now + 2 * lengthMs }
}
