import type { Config } from '../config/settings.ts'
import type { ExitReason, ProcessVitals } from '../protocol/operators-api.ts'

/** What is known of a process when it is judged. */
export interface HealthFacts {
  readonly ageMs: number
  readonly vitals: Pick<ProcessVitals, 'memory' | 'requests'>
  /** From 0 to 1, the same for as long as the process lives. */
  readonly random: number
}

export interface RecycleVerdict {
  readonly reason: Extract<ExitReason, 'memory' | 'age'>
  /** A sentence for the log. */
  readonly because: string
  /** So young a process above the limit says that every process will be. */
  readonly limitTooLow: boolean
}

type Limits = Pick<Config, 'maxRssBytes' | 'maxRequests' | 'maxAgeMs'>

/** Limits of age are stretched by up to this share, so that processes started together are not replaced together. */
const JITTER = 0.1

/** A younger process is not called too large: with a limit below what every process needs, one would follow another. */
const SETTLED_MS = 5000

/** A process that is above the limit of memory before this age did not grow there. */
const GROWN_MS = 60_000

/** Whether a process is to be replaced although it serves: too large, or too old in requests or time. A limit of 0 is none. */
export function recycleVerdict(
  { ageMs, vitals, random }: HealthFacts,
  { maxRssBytes, maxRequests, maxAgeMs }: Limits,
): RecycleVerdict | undefined {
  const { rssBytes } = vitals.memory
  const stretch = 1 + JITTER * random
  if (maxRssBytes > 0 && rssBytes > maxRssBytes && ageMs >= SETTLED_MS) {
    return {
      reason: 'memory',
      because: `${rssBytes} bytes resident are more than ${maxRssBytes}`,
      limitTooLow: ageMs < GROWN_MS,
    }
  }
  if (maxRequests > 0 && vitals.requests.total >= maxRequests * stretch) {
    return {
      reason: 'age',
      because: `${vitals.requests.total} requests are more than ${maxRequests}`,
      limitTooLow: false,
    }
  }
  if (maxAgeMs > 0 && ageMs >= maxAgeMs * stretch) {
    return { reason: 'age', because: `${Math.round(ageMs)} ms are more than ${maxAgeMs}`, limitTooLow: false }
  }
  return undefined
}

/**
 * Whether a process hangs.
 *
 * @param patienceMs on top of the timeout, while it does something that stops its event loop
 */
export function hangs(silentMs: number, hangTimeoutMs: number, patienceMs: number): boolean {
  return silentMs > hangTimeoutMs + patienceMs
}

/** A look at the processes that comes later than this was kept from looking, and from hearing as well. */
const LONGEST_DELAY_MS = 1000

/**
 * Whether the primary itself was stopped or stuck since the look before: then the silence of the
 * processes may be its own deafness.
 */
export function primaryWasAway(sinceLastLookMs: number, intervalMs: number, hangTimeoutMs: number): boolean {
  // Timers run before messages are read: half the timeout is too much already where that is short.
  return sinceLastLookMs > intervalMs + Math.min(LONGEST_DELAY_MS, hangTimeoutMs / 4)
}
