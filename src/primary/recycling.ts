import type { Logger } from '../observability/logger.ts'
import type { ClusterStatus } from '../protocol/operators-api.ts'
import type { RecycleVerdict } from './health-policy.ts'
import type { HttpProcessHandle } from './http-process-handle.ts'
import type { OneAtATime } from './one-at-a-time.ts'
import type { Slot } from './slot.ts'

/** How long recycling rests when it has shown that it does not help. */
const PAUSE_MS = 60_000

/** Replaces processes that are too large or too old, one at a time and never beside another change. */
export class Recycling {
  readonly #operations: OneAtATime<NonNullable<ClusterStatus['operation']>>
  readonly #log: Logger
  #pausedUntil = 0

  constructor(operations: OneAtATime<NonNullable<ClusterStatus['operation']>>, log: Logger) {
    this.#operations = operations
    this.#log = log
  }

  /** Whether a process may be recycled at this moment. */
  get allowed(): boolean {
    return this.#operations.idle && performance.now() > this.#pausedUntil
  }

  /** Settles when the old process has ended, or the new one did not become ready. */
  async recycle(slot: Slot, handle: HttpProcessHandle, verdict: RecycleVerdict): Promise<void> {
    const { reason, because, limitTooLow } = verdict
    const facts = { slot: slot.number, reason, because }
    this.#log.info(facts, 'recycling an HTTP process')
    if (limitTooLow) {
      this.#pause()
      this.#log.warn(facts, 'it is above the limit soon after its start: is OFFLOOP_MAX_RSS_BYTES too low?')
    }
    const outcome = await this.#operations.run('recycle', () => slot.replaceProcess(handle, reason))
    if (outcome?.outcome !== 'failed') return
    this.#pause()
    this.#log.error(outcome, 'the replacement did not become ready, the old process serves on')
  }

  #pause(): void {
    this.#pausedUntil = performance.now() + PAUSE_MS
  }
}
