/** Serving for this long forgives everything that happened before. */
export const HEALTHY_MS = 60_000

const FIRST_DELAY_MS = 100
const LONGEST_DELAY_MS = 30_000

/** Failures that count at most: the longest delay is reached, and a healthy minute still forgives all. */
const MOST_FAILURES = 10

/** From here on operators are told of a crash loop. */
const CRASH_LOOP_FAILURES = 3

export interface RespawnDecision {
  /** Failures that count after this exit. May be a fraction: time in service forgives bit by bit. */
  readonly failures: number
  /** Milliseconds until the slot is to be filled again. */
  readonly delayMs: number
  readonly crashLoop: boolean
}

/**
 * When to replace a process that died. The first time at once, because most deaths are single; then
 * after 100 ms, doubling up to half a minute, so that a crash loop does not eat the machine. Time in
 * service forgives, ten failures a minute, so that a process killed now and then is back at once; one
 * that was never ready is forgiven nothing.
 *
 * @param failures what counted before this exit
 * @param servedMs how long the process was ready, 0 where it never was
 * @param random from 0 to 1: shortens the delay by up to a quarter, so that slots do not move in step
 */
export function decideRespawn(failures: number, servedMs: number, random: number): RespawnDecision {
  const forgiven = (servedMs / HEALTHY_MS) * MOST_FAILURES
  const before = Math.max(0, failures - forgiven) + (servedMs === 0 ? 1 : 0)
  const fullDelayMs = before < 1 ? 0 : Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (before - 1))
  const after = Math.min(MOST_FAILURES, Math.max(0, failures - forgiven) + 1)
  return {
    failures: after,
    delayMs: Math.round(fullDelayMs * (1 - random / 4)),
    crashLoop: after >= CRASH_LOOP_FAILURES,
  }
}
