import { type Percentiles, percentiles } from '../harness/percentiles.ts'
import type { Ending, LoadRecord, LoadReport } from './load-job.ts'
import type { Watched } from './watch.ts'

/** One contender under one load. Rates are per second, times milliseconds. */
export interface Point {
  readonly contender: string
  readonly rate: number
  readonly round: number
  /** What was to be offered, and what the generator did offer. */
  readonly targetPerSecond: number
  readonly offeredPerSecond: number
  /** Right answers within the deadline. */
  readonly goodPerSecond: number
  readonly refusedPerSecond: number
  readonly refusalMs: Percentiles
  /** Of all that were not refused at the door; who hung up counts with the time until then. */
  readonly acceptedMs: Percentiles
  readonly endings: Readonly<Record<Ending, number>>
  readonly codes: Readonly<Record<string, number>>
  readonly lightMs: Percentiles
  readonly lightFailures: number
  readonly rssBytes: { readonly before: number; readonly peak: number; readonly after: number }
  /** Until answers were quick again; null where that took more than 5 s. */
  readonly recoveredMs: number | null
  /** By how much the generator was behind its own schedule. */
  readonly latenessMs: Percentiles
  /** Of the generator, of one core. */
  readonly generatorCpuShare: number
}

interface Offer {
  readonly rate: number
  readonly round: number
  readonly seconds: number
  readonly offeredPerSecond: number
}

interface Seen extends Watched {
  readonly rssBeforeBytes: number
  readonly rssAfterBytes: number
  readonly recoveredMs: number | undefined
}

export function pointOf(
  contender: string,
  offer: Offer,
  { records, cpuShare }: LoadReport,
  seen: Seen,
): Point {
  const counted = records.filter(({ offeredAtMs }) => offeredAtMs >= 0)
  const refused = counted.filter(({ ending }) => ending === 'refused')
  const accepted = counted.filter(({ ending }) => ending !== 'refused' && ending !== 'failed')
  const endings = { good: 0, late: 0, refused: 0, 'given-up': 0, 'cut-off': 0, failed: 0 }
  for (const { ending } of counted) endings[ending] += 1
  return {
    contender,
    rate: offer.rate,
    round: offer.round,
    targetPerSecond: offer.offeredPerSecond,
    offeredPerSecond: counted.length / offer.seconds,
    goodPerSecond: endings.good / offer.seconds,
    refusedPerSecond: refused.length / offer.seconds,
    refusalMs: percentiles(refused.map(({ latencyMs }) => latencyMs)),
    acceptedMs: percentiles(accepted.map(({ latencyMs }) => latencyMs)),
    endings,
    codes: countCodes(counted),
    lightMs: percentiles(seen.lightMs),
    lightFailures: seen.lightFailures,
    rssBytes: {
      before: seen.rssBeforeBytes,
      peak: Math.max(seen.peakRssBytes, seen.rssBeforeBytes),
      after: seen.rssAfterBytes,
    },
    recoveredMs: seen.recoveredMs ?? null,
    latenessMs: percentiles(counted.map(({ latenessMs }) => latenessMs)),
    generatorCpuShare: cpuShare,
  }
}

function countCodes(records: readonly LoadRecord[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { code } of records) if (code !== undefined) counts[code] = (counts[code] ?? 0) + 1
  return counts
}
