import { barPlots } from '../harness/bar-plot.ts'
import type { BenchmarkResult, Row } from '../harness/benchmark.ts'
import { contendersOf, ratioOf, spread, spreadOf, variantsOf } from '../harness/comparison.ts'
import { number, ratioCell, table } from '../harness/table.ts'
import { CONTROL, REUSE_PORT, ROUND_ROBIN, WAYS } from './contenders.ts'

export const CONNECTIONS = 32
export const RELOADS = 'reloads'

const HEAD = ['', 'requests a second', 'to round robin', `to ${CONTROL.name}`, 'p99', 'busiest process']

export function describe({ rows: all }: BenchmarkResult): string {
  const rows = loadsOf(all)
  const lines = variantsOf(rows).flatMap((variant) =>
    contendersOf(rows).map((contender) => lineOf(rows, contender, variant)),
  )
  return [
    how(),
    table(HEAD, lines),
    [evenness(rows), worth(rows), losses(all), migration(rows)].join('\n'),
  ].join('\n\n')
}

function how(): string {
  return `${CONNECTIONS} clients that wait for their answers, on connections that they keep (*kept*) or on a new connection for each request (*one each*), ask for \`GET /livez\`, which no thread sees, and for the SHA-256 of seven bytes, which one computes. Two processes with two threads each. *Round robin*: the primary accepts and deals out in turn. *Shared handle*: all processes accept from one socket (\`NODE_CLUSTER_SCHED_POLICY=none\`, which is Node's; Offloop has no setting for it). *Reuse-port*: each has a socket of its own, and the kernel picks by a hash. *Busiest process* is the share of the open connections that the process with most of them holds, looked at fifty times a second; 50 % is even. The p99 is what the load generator says of a turn, the mean over those of a round.`
}

function lineOf(rows: readonly Row[], contender: string, variant: string): string[] {
  const middle = (figure: string) => spreadOf(rows, { contender, variant }, figure)?.median
  const to = (other: string) =>
    ratioCell(ratioOf(rows, { contender, variant }, { contender: other, variant }, 'perSecond'))
  return [
    `${variant}: ${contender}`,
    number(middle('perSecond')),
    to(ROUND_ROBIN.name),
    to(CONTROL.name),
    `${number(middle('p99Ms'))} ms`,
    percent(middle('busiestShare')),
  ]
}

/** Without the reloads. */
const loadsOf = (rows: readonly Row[]) => rows.filter(({ variant }) => variant !== RELOADS)

function evenness(rows: readonly Row[]): string {
  const kept = rows.filter(({ variant }) => variant.endsWith('kept'))
  const shares = WAYS.map(({ name }) => {
    const own = kept.filter(({ contender }) => contender === name)
    const share = spread(own.flatMap(({ figures }) => figures.busiestShare ?? []))
    return `${name} ${percent(share?.median)} (at most ${percent(share?.highest)})`
  })
  return `- Of kept connections the busiest of the two processes holds: ${shares.join('; ')}.`
}

function worth(rows: readonly Row[]): string {
  const ratios = variantsOf(rows).map((variant) => {
    const of = (contender: string) => ({ contender, variant })
    const ratio = ratioOf(rows, of(REUSE_PORT.name), of(ROUND_ROBIN.name), 'perSecond')
    return `${ratio?.median.toFixed(2) ?? '–'} (${variant})`
  })
  return `- Reuse-port answers as many times the requests of round robin: ${ratios.join(', ')}.`
}

function losses(rows: readonly Row[]): string {
  const lost = WAYS.map(({ name }) => {
    const own = rows.filter(({ contender, variant }) => contender === name && variant === RELOADS)
    const sum = (figure: string) => own.reduce((total, { figures }) => total + (figures[figure] ?? 0), 0)
    return `${name} ${sum('lost')} of ${number(sum('requests'))} in ${sum('reloads')} reloads`
  })
  return `- Requests that reloads lost, of ${CONNECTIONS} clients half of which open a connection for each: ${lost.join('; ')}.`
}

function migration(rows: readonly Row[]): string {
  const value = rows[0]?.figures.tcpMigrateReq
  const why =
    value === 1
      ? 'a listening socket that closes passes on what waits in it, and `OFFLOOP_ACCEPT=auto` is reuse-port'
      : 'a listening socket that closes resets what waits in it, so reuse-port loses requests in a reload, and `OFFLOOP_ACCEPT=auto` is round robin'
  return `- \`net.ipv4.tcp_migrate_req\` was ${value ?? 'unknown'} here: ${why}.`
}

export function plot({ rows: all }: BenchmarkResult): string {
  const rows = loadsOf(all)
  return barPlots(
    variantsOf(rows).map((variant) => ({
      title: `Requests a second, ${variant}`,
      bars: contendersOf(rows).map((contender) => {
        const value = spreadOf(rows, { contender, variant }, 'perSecond')?.median ?? 0
        return { label: contender, value, note: number(value) }
      }),
    })),
  )
}

const percent = (share: number | undefined): string =>
  share === undefined ? '–' : `${Math.round(share * 100)} %`
