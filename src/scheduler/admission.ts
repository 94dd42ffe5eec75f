/** What decides whether a request may wait. Times are milliseconds. */
export interface AdmissionFacts {
  /** The queue takes one more of its size. */
  readonly hasRoom: boolean
  /** What would run before it, on one thread. */
  readonly workAheadMs: number
  readonly threads: number
  /** The longest wait with which it is taken. */
  readonly waitLimitMs: number
}

export interface Refusal {
  readonly code: 'QUEUE_FULL' | 'WOULD_MISS_DEADLINE'
  readonly expectedWaitMs: number
  /** Whole seconds until another attempt has a chance, from 1 to 60. */
  readonly retryAfterSeconds: number
}

/**
 * Refuses at once what would wait in vain: to be told so now is worth more to a client than the same
 * answer later, and what is refused takes no place from others.
 *
 * @returns undefined where it may wait
 */
export function refusalOf({
  hasRoom,
  workAheadMs,
  threads,
  waitLimitMs,
}: AdmissionFacts): Refusal | undefined {
  const expectedWaitMs = workAheadMs / Math.max(1, threads)
  if (!hasRoom) return refusal('QUEUE_FULL', expectedWaitMs, expectedWaitMs)
  if (expectedWaitMs > waitLimitMs) {
    // Once so much has been worked off, a request like this would be taken.
    return refusal('WOULD_MISS_DEADLINE', expectedWaitMs, expectedWaitMs - waitLimitMs)
  }
  return undefined
}

/**
 * The longest expected wait with which a request is taken, of the time that it may wait. Without a margin the
 * queue of an overloaded server stands at the limit itself, and every second request that it took comes too
 * late by a little. An estimate is off by a share of itself, so the margin is a share too.
 */
export function safeWaitMs(waitLimitMs: number): number {
  return SAFE_SHARE * waitLimitMs
}

const SAFE_SHARE = 0.8

/** Longest wait that a client is told: an estimate from a few runs is worth no more. */
const MAX_RETRY_AFTER_SECONDS = 60

function refusal(code: Refusal['code'], expectedWaitMs: number, retryMs: number): Refusal {
  const seconds = Math.min(MAX_RETRY_AFTER_SECONDS, Math.max(1, Math.ceil(retryMs / 1000)))
  return { code, expectedWaitMs: Math.round(expectedWaitMs), retryAfterSeconds: seconds }
}
