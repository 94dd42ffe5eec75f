import { median } from '../../test/support/load-result.ts'
import type { BenchmarkResult, Row } from '../harness/benchmark.ts'
import { contendersOf, type Spread, spreadOf } from '../harness/comparison.ts'
import { type Series, seriesPlots } from '../harness/series-plot.ts'
import { mebibytes, number, table } from '../harness/table.ts'
import { OFFLOOP, PROCESSES, THREADS } from './contenders.ts'
import type { Resident } from './hour.ts'
import { CLIENTS } from './hour.ts'
import { mixInWords } from './mix.ts'

/** Along the way of a run. */
export const SAMPLES = 40
/**
 * So far along heaps are read the first time. Reading them collects garbage, which is seen in the resident memory: by
 * the second half, whose slope is looked at, that is over.
 */
export const HEAPS_AT = 0.4

/** Heaps that differ by less are the same: what a few requests more have left in caches and compiled code. */
const SAME_HEAP = 1.02

export function describe({ rows }: BenchmarkResult): string {
  const requests = spreadOf(rows, { contender: OFFLOOP, variant: 'end' }, 'requests')?.median ?? 0
  return [
    `${number(requests)} requests, which is what ten a second are in ${number(requests / 600)} minutes, as fast as ${CLIENTS} clients get their answers: ${mixInWords}. All answers are checked. ${PROCESSES} HTTP processes with ${THREADS} threads each; both contenders write an access log.`,
    residentTable(rows),
    'Resident memory of the primary, of an HTTP process (the mean), and of all together, in which what they share counts more than once. *Growth* is the slope of the last half of the run, for all together.',
    heapTable(rows),
    `What JavaScript holds after a forced collection, buffers included, ${Math.round(HEAPS_AT * 100)} % of the way and at the end.`,
    contendersOf(rows)
      .map((contender) => verdict(rows, contender))
      .join(' '),
  ].join('\n\n')
}

export function plots({ rows }: BenchmarkResult): Readonly<Record<string, string>> {
  const series = (title: string, figure: keyof Resident): Series => ({
    title,
    lines: contendersOf(rows).map((name) => ({ name, points: pointsOf(rows, name, figure) })),
  })
  const all = [series('An HTTP process, MiB', 'processBytes'), series('The primary, MiB', 'primaryBytes')]
  return { '': seriesPlots('requests so far', all) }
}

function residentTable(rows: readonly Row[]): string {
  const lines = contendersOf(rows).map((contender) => {
    const of = (variant: string, figure: string) => spreadOf(rows, { contender, variant }, figure)
    const memory = (variant: string) =>
      ['primaryBytes', 'processBytes', 'totalBytes'].map((figure) => mebibytes(of(variant, figure)?.median))
    return [
      contender,
      memory('start').join(' · '),
      memory('end').join(' · '),
      growthCell(slopeOf(rows, contender)),
    ]
  })
  const three = 'primary · process · all'
  return table(['', `after the start: ${three}`, `at the end: ${three}`, 'growth for 1,000 requests'], lines)
}

const HEAPS = {
  primaryHeapBytes: 'primary',
  loopHeapBytes: 'main threads of the HTTP processes',
  threadHeapBytes: 'threads',
}

function heapTable(rows: readonly Row[]): string {
  const lines = contendersOf(rows).map((contender) => [
    contender,
    ...Object.keys(HEAPS).map((figure) => {
      const of = (variant: string) => spreadOf(rows, { contender, variant }, figure)?.median
      return `${mebibytes(of('heaps midway'))} → ${mebibytes(of('heaps at the end'))}`
    }),
  ])
  return table(['', ...Object.values(HEAPS)], lines)
}

/** What the figures say of a leak. */
function verdict(rows: readonly Row[], contender: string): string {
  const growth = heapGrowth(rows, contender)
  const percent = `${growth < 1 ? '−' : '+'}${Math.abs((growth - 1) * 100).toFixed(1)} %`
  const held =
    growth <= SAME_HEAP
      ? `holds no more at the end than before (${percent})`
      : `holds more at the end than before (${percent})`
  const slope = slopeOf(rows, contender)
  const certain = slope !== undefined && (slope.lowest > 0 || slope.highest < 0)
  const resident = certain
    ? `its resident memory ${slope.median < 0 ? 'shrinks' : 'grows'} in all rounds, over the last half of the middle one by ${Math.abs(lastHalfPercent(rows, contender)).toFixed(1)} % of itself`
    : 'its resident memory does not grow in every round'
  return `**${contender}** ${held} after a collection; ${resident}.`
}

/** All heaps together at the end, as a multiple of what they were midway; the median of the rounds. */
function heapGrowth(rows: readonly Row[], contender: string): number {
  const total = (variant: string, round: number) => {
    const row = rows.find(
      (each) => each.contender === contender && each.variant === variant && each.round === round,
    )
    return Object.keys(HEAPS).reduce((sum, figure) => sum + (row?.figures[figure] ?? 0), 0)
  }
  const rounds = [...new Set(rows.map(({ round }) => round))]
  return median(rounds.map((round) => total('heaps at the end', round) / total('heaps midway', round)))
}

function lastHalfPercent(rows: readonly Row[], contender: string): number {
  const end = (figure: string) => spreadOf(rows, { contender, variant: 'end' }, figure)?.median ?? 0
  return ((end('slopeBytesPer1000') * end('requests')) / 2000 / end('totalBytes')) * 100
}

const slopeOf = (rows: readonly Row[], contender: string): Spread | undefined =>
  spreadOf(rows, { contender, variant: 'end' }, 'slopeBytesPer1000')

/** In kibibytes, with its sign. */
function growthCell(spread: Spread | undefined): string {
  if (spread === undefined) return '–'
  const [middle, lowest, highest] = [spread.median, spread.lowest, spread.highest].map((bytes) =>
    number(bytes / 1024).replace('-', '−'),
  )
  return `${middle} KiB (${lowest} to ${highest})`
}

/** From the start on, medians of the rounds, in mebibytes. */
function pointsOf(rows: readonly Row[], contender: string, figure: keyof Resident): [number, number][] {
  const own = rows.filter(
    (row) => row.contender === contender && ['start', 'along the way'].includes(row.variant),
  )
  const byRequests = Map.groupBy(own, ({ figures }) => figures.requests ?? 0)
  return [...byRequests]
    .map(([requests, at]): [number, number] => [
      requests,
      median(at.map(({ figures }) => figures[figure] ?? 0)) / 2 ** 20,
    ])
    .toSorted(([a], [b]) => a - b)
}
