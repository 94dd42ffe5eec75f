import { setTimeout as sleep } from 'node:timers/promises'
import { poissonArrivals } from './poisson-arrivals.ts'

/** Requests that come by the clock, whatever becomes of those before. */
export interface OpenLoop {
  readonly perSecond: number
  /** The same seed gives the same arrivals. */
  readonly seed: number
  /** Time before what counts. */
  readonly warmUpSeconds: number
  readonly seconds: number
}

const MAX_REQUESTS = 100_000

/**
 * Sends by the clock; what is due when a timer fires late is sent at once. Clients that wait for their answers would
 * slow down with the server, and never overload it. In a process that does anything else, it is late.
 *
 * @param send gets when its request was to be sent, on the clock of `performance.now()`, from which its time counts:
 *   a generator that falls behind must not hide a wait. And when what counts begins. Must not reject.
 * @returns what became of all of them, those of the warm-up included; 100,000 at most are sent
 */
export async function openLoop<Outcome>(
  { perSecond, seed, warmUpSeconds, seconds }: OpenLoop,
  send: (due: number, countsFrom: number) => Promise<Outcome>,
): Promise<Outcome[]> {
  const startedAt = performance.now()
  const countsFrom = startedAt + warmUpSeconds * 1000
  const endsAt = countsFrom + seconds * 1000
  const sent: Promise<Outcome>[] = []
  const gaps = poissonArrivals(perSecond, seed)
  let due = startedAt + gaps()
  while (due < endsAt && sent.length < MAX_REQUESTS) {
    const aheadMs = due - performance.now()
    if (aheadMs > 0) await sleep(aheadMs)
    for (const now = performance.now(); due <= now && due < endsAt; due += gaps()) {
      sent.push(send(due, countsFrom))
    }
  }
  return Promise.all(sent)
}
