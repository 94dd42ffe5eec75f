/** A process that lived this long was healthy: what happened before it no longer counts. */
export const HEALTHY_MS = 60_000

const FIRST_DELAY_MS = 200
const LONGEST_DELAY_MS = 30_000

export interface RespawnDecision {
  /** Exits in a row without a healthy minute between them, the last one included. */
  readonly failures: number
  /** Milliseconds until the slot is to be filled again. */
  readonly delayMs: number
}

/**
 * When to replace a process that died: the first time at once, because most deaths are single; then
 * after 200 ms, doubling up to half a minute, so that a crash loop does not eat the machine.
 *
 * @param failures exits in a row before this one
 * @param livedMs how long the process lived, from its fork to its exit
 */
export function decideRespawn(failures: number, livedMs: number): RespawnDecision {
  const before = livedMs >= HEALTHY_MS ? 0 : failures
  const delayMs = before === 0 ? 0 : Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (before - 1))
  return { failures: before + 1, delayMs }
}
