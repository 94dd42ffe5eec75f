import type { Row } from '../harness/benchmark.ts'
import { spread, spreadOf } from '../harness/comparison.ts'
import { number } from '../harness/table.ts'
import { targetLine } from '../harness/target.ts'
import { LOAD } from './load-job.ts'

const MUCH_TOO_MUCH = '5 ×'
const GOODPUT_SHARE = 0.9
const REFUSAL_MS = 10

/** Whether a contender does what the project wants to reach under overload, by the figures. */
export function targets(rows: readonly Row[], contender: string): string {
  const own = rows.filter((row) => row.contender === contender && row.variant !== 'closed loop')
  return [goodput(own), refusals(own), accepted(own)].join('\n')
}

function goodput(own: readonly Row[]): string {
  const shares = own.flatMap(({ variant, round, figures }) => {
    if (variant !== MUCH_TOO_MUCH) return []
    const ofRound = own.filter((row) => row.round === round).map((row) => row.figures.goodPerSecond ?? 0)
    return (figures.goodPerSecond ?? 0) / Math.max(...ofRound)
  })
  const { median, lowest, highest } = spread(shares) ?? { median: 0, lowest: 0, highest: 0 }
  return targetLine({
    wanted: `five times too much leaves at least ${GOODPUT_SHARE * 100} % of the peak of good answers`,
    met: median >= GOODPUT_SHARE,
    found: `${percent(median)} (${percent(lowest)} to ${percent(highest)})`,
  })
}

function refusals(own: readonly Row[]): string {
  const [p99, variant] = worst(own, 'refusalP99Ms')
  return targetLine({
    wanted: `the p99 of refusals is under ${REFUSAL_MS} ms`,
    met: p99 < REFUSAL_MS,
    found: `${number(p99)} ms at most, at ${variant}`,
  })
}

function accepted(own: readonly Row[]): string {
  const [p99, variant] = worst(own, 'acceptedP99Ms')
  return targetLine({
    wanted: `the p99 of what was accepted is within the deadline of ${LOAD.deadlineMs} ms`,
    met: p99 <= LOAD.deadlineMs,
    found: `${number(p99)} ms at most, at ${variant}`,
  })
}

/** The highest of the medians at each rate, and the rate. */
function worst(own: readonly Row[], figure: string): [number, string] {
  const medians = own.map(({ contender, variant }): [number, string] => [
    spreadOf(own, { contender, variant }, figure)?.median ?? 0,
    variant,
  ])
  return medians.toSorted(([a], [b]) => b - a)[0] ?? [0, 'no rate']
}

const percent = (share: number): string => `${Math.round(share * 100)} %`
