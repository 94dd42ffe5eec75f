import type { BenchmarkResult, Row } from '../harness/benchmark.ts'
import { contendersOf, type Spread, spreadOf, variantsOf } from '../harness/comparison.ts'
import { linePlots } from '../harness/line-plot.ts'
import { mebibytes, number, table } from '../harness/table.ts'
import { OFFLOOP } from './contenders.ts'
import { LOAD } from './load-job.ts'
import { RECOVERY_LIMIT_MS } from './recovery.ts'
import { targets } from './targets.ts'

export const CLOSED_LOOP = 'closed loop'
export const rateVariant = (rate: number): string => `${rate} ×`

/** What a rate is a multiple of, as the rows have it. */
export const rateOf = (variant: string): number => Number.parseFloat(variant)
export const rateVariantsOf = (rows: readonly Row[]): string[] =>
  variantsOf(rows).filter((variant) => variant !== CLOSED_LOOP)

export function describe({ rows, effort }: BenchmarkResult): string {
  return [
    intro(rows),
    table(
      HEAD,
      rateVariantsOf(rows).flatMap((variant) => linesOf(rows, variant)),
    ),
    how(rows, effort.seconds),
    targets(rows, OFFLOOP.name),
  ].join('\n\n')
}

function intro(rows: readonly Row[]): string {
  const closed = contendersOf(rows).map((contender) => {
    const perSecond = spreadOf(rows, { contender, variant: CLOSED_LOOP }, 'goodPerSecond')?.median
    return `${contender} ${number(perSecond)}`
  })
  return `Each request computes for ${LOAD.busyMs} ms; requests come by the clock and wait for nobody (an open loop, Poisson arrivals), at multiples of what the best contender does for clients that wait for their answers (${closed.join('; ')} a second). The deadline is ${LOAD.deadlineMs} ms, sent as \`X-Timeout-Ms\`, which only Offloop understands; clients hang up after ${LOAD.cutOffMs} ms.`
}

const HEAD = [
  'offered a second',
  'contender',
  'good answers',
  'refused',
  'late / given up / hung up / failed',
  'a refusal, p50 / p99',
  'accepted, p50 / p99',
  'health check, p50 / p99',
  'memory before / peak',
  'quick again after',
]

function linesOf(rows: readonly Row[], variant: string): string[][] {
  return contendersOf(rows).map((contender) => {
    const spread = (figure: string): Spread | undefined => spreadOf(rows, { contender, variant }, figure)
    const middle = (figure: string) => spread(figure)?.median
    const all = (figures: readonly string[], show: (value: number | undefined) => string) =>
      figures.map((figure) => show(middle(figure))).join(' / ')
    return [
      `${variant} (${number(middle('offeredPerSecond'))})`,
      contender,
      `**${number(middle('goodPerSecond'))}**`,
      number(middle('refusedPerSecond')),
      all(['latePerSecond', 'givenUpPerSecond', 'hungUpPerSecond', 'failedPerSecond'], number),
      middle('refusedPerSecond') === 0 ? '–' : all(['refusalP50Ms', 'refusalP99Ms'], ms),
      all(['acceptedP50Ms', 'acceptedP99Ms'], ms),
      all(['lightP50Ms', 'lightP99Ms'], ms),
      all(['rssBeforeBytes', 'rssPeakBytes'], mebibytes),
      recovered(spread('recoveredMs')),
    ]
  })
}

function recovered(spread: Spread | undefined): string {
  if (spread === undefined) return '–'
  return spread.median >= RECOVERY_LIMIT_MS ? `over ${ms(RECOVERY_LIMIT_MS)}` : ms(spread.median)
}

function how(rows: readonly Row[], effortSeconds: number): string {
  const most = (figure: string) => Math.max(...rows.map(({ figures }) => figures[figure] ?? 0))
  return `Rates are per second, medians of the rounds. Each point has a server of its own (two processes of one thread) and takes ${number((effortSeconds * 3) / 8)} s, after half of that to warm up. *Good* is a right answer within the deadline; *given up* is \`QUEUE_TIMEOUT\` or \`TASK_TIMEOUT\`: taken, and then not done; *accepted* is all that was not refused at the door, and who hung up counts with the time until then. Time counts from when a request was to be sent; connections are kept and used in turn. The health check is \`GET /livez\` (\`GET /\` of the others), each on a new connection. Memory is that of all processes; what they share counts more than once. The load comes from a process on the same cores: it was behind its clock by ${ms(most('latenessP99Ms'))} at most (p99), which counts as latency, and took up to ${number(100 * most('generatorCpuShare'))} % of a core.`
}

export function plot({ rows }: BenchmarkResult): string {
  const variants = rateVariantsOf(rows)
  const lines = (figure: string) =>
    contendersOf(rows).map((contender) => ({
      name: contender,
      values: variants.map((variant) => spreadOf(rows, { contender, variant }, figure)?.median ?? 0),
    }))
  const closed = rows.filter(({ variant }) => variant === CLOSED_LOOP)
  const capacity = Math.max(...closed.map(({ figures }) => figures.goodPerSecond ?? 0))
  const x = { label: 'offered, multiples of the rate of the closed loop', values: variants.map(rateOf) }
  return linePlots(x, [
    {
      title: 'Good answers a second',
      lines: lines('goodPerSecond'),
      mark: { at: capacity, label: 'closed loop' },
    },
    {
      title: 'p99 of what was accepted, ms',
      lines: lines('acceptedP99Ms'),
      mark: { at: LOAD.deadlineMs, label: 'deadline' },
    },
  ])
}

const ms = (value: number | undefined): string => `${number(value)} ms`
