import { percentiles } from '../harness/percentiles.ts'
import type { Ending, LoadReport } from './load-job.ts'
import type { Watched } from './watch.ts'

export interface Seen extends Watched {
  readonly rssBeforeBytes: number
  readonly recoveredMs: number
}

/** Of one contender under one load: what `describe` and the plots are made of. */
export function figuresOf(
  seconds: number,
  { records, cpuShare }: LoadReport,
  seen: Seen,
): Record<string, number> {
  const counted = records.filter(({ offeredAtMs }) => offeredAtMs >= 0)
  const ended = (...endings: readonly Ending[]) => counted.filter(({ ending }) => endings.includes(ending))
  const perSecond = (ending: Ending) => ended(ending).length / seconds
  const refused = percentiles(ended('refused').map(({ latencyMs }) => latencyMs))
  // Who hung up counts with the time until then.
  const accepted = percentiles(ended('good', 'late', 'given-up', 'cut-off').map(({ latencyMs }) => latencyMs))
  const light = percentiles(seen.lightMs)
  return {
    offeredPerSecond: counted.length / seconds,
    goodPerSecond: perSecond('good'),
    refusedPerSecond: perSecond('refused'),
    latePerSecond: perSecond('late'),
    givenUpPerSecond: perSecond('given-up'),
    hungUpPerSecond: perSecond('cut-off'),
    failedPerSecond: perSecond('failed'),
    refusalP50Ms: refused.p50,
    refusalP99Ms: refused.p99,
    acceptedP50Ms: accepted.p50,
    acceptedP99Ms: accepted.p99,
    lightP50Ms: light.p50,
    lightP99Ms: light.p99,
    lightFailed: seen.lightFailures,
    rssBeforeBytes: seen.rssBeforeBytes,
    rssPeakBytes: Math.max(seen.peakRssBytes, seen.rssBeforeBytes),
    recoveredMs: seen.recoveredMs,
    // By how much the load was behind its own clock, and what it took of one core.
    latenessP99Ms: percentiles(counted.map(({ latenessMs }) => latenessMs)).p99,
    generatorCpuShare: cpuShare,
  }
}

/** @throws where an answer that said all is well was none */
export function refuseWrongAnswers(contender: string, { records }: LoadReport): void {
  const wrong = records.filter(({ code }) => code === 'wrong answer').length
  if (wrong > 0) throw new Error(`${wrong} answers of ${contender} were wrong`)
}
