import { barPlots } from '../harness/bar-plot.ts'
import type { BenchmarkResult, Row } from '../harness/benchmark.ts'
import { contendersOf, type Spread, spreadOf } from '../harness/comparison.ts'
import { number, table } from '../harness/table.ts'
import { howItReloads, OFFLOOP, supervisorNames } from './contenders.ts'
import { FAILED_BY } from './phases.ts'
import { PROCESSES, THREADS } from './supervisor.ts'
import { loadInWords } from './turn.ts'

export function describe({ rows }: BenchmarkResult): string {
  const names = contendersOf(rows)
  const missing = supervisorNames.filter((name) => !names.includes(name))
  return [
    `${PROCESSES} processes each, and ${THREADS} threads in each process where a contender has threads. ${loadInWords}.`,
    `What serves is what a client sees: a process does once it has answered a request on a new connection.`,
    ...(missing.length > 0 ? [`Not installed on this machine: ${missing.join(', ')}.`] : []),
    `\n\n${startTable(rows, names)}`,
    `\n\nFrom the spawn of its command, PM2's daemon, Puma's master and Offloop's primary included; its *first start* is the one that finds Node's compile cache empty. The others do not use that cache.`,
    `\n\n${phaseTable(rows, names, 'reload', 'reloads', 'a reload takes')}`,
    `\n\nA reload is over when each old process has ended and each new one has answered. ${names.map((name) => `${name}: ${howItReloads(name)}`).join('. ')}.`,
    `\n\n${phaseTable(rows, names, 'kill', 'kills', 'all serve again after')}`,
    `\n\n\`kill -9\` of one process. ${verdict(rows, names)}`,
  ].join(' ')
}

export function plots({ rows }: BenchmarkResult): Readonly<Record<string, string>> {
  const bars = (figure: (contender: string) => number, unit: string) =>
    contendersOf(rows).map((contender) => {
      const value = figure(contender)
      return { label: contender, value, note: `${number(value)}${unit}` }
    })
  const middle = (variant: string, figure: string) =>
    bars((contender) => spreadOf(rows, { contender, variant }, figure)?.median ?? 0, ' ms')
  const failed = (variant: string) => bars((contender) => perTime(totals(rows, contender, variant)), '')
  return {
    '': barPlots([
      { title: 'Start: until all processes serve', bars: middle('start', 'allServeMs') },
      { title: 'Failed requests a reload', bars: failed('reload') },
      { title: 'A reload takes', bars: middle('reload', 'medianMs') },
      { title: 'Failed requests a kill -9', bars: failed('kill') },
      { title: 'kill -9: until all processes serve again', bars: middle('kill', 'medianMs') },
    ]),
  }
}

function startTable(rows: readonly Row[], names: readonly string[]): string {
  const line = (contender: string, variant: string, label: string) => {
    const of = (figure: string) => milliseconds(spreadOf(rows, { contender, variant }, figure))
    return [label, of('readyMs'), of('allServeMs')]
  }
  const lines = names.flatMap((name) => [
    line(name, 'start', name),
    ...(name === OFFLOOP ? [line(name, 'first start', `${name}, first start`)] : []),
  ])
  return table(['', 'first answer after', 'all processes serve after'], lines)
}

function phaseTable(
  rows: readonly Row[],
  names: readonly string[],
  variant: string,
  times: string,
  takes: string,
): string {
  const lines = names.map((contender) => {
    const sums = totals(rows, contender, variant)
    const slowest = spreadOf(rows, { contender, variant }, 'slowestMs')?.highest
    return [
      contender,
      number(sums.times),
      number(sums.requests),
      `**${number(sums.failed)}**`,
      kindsOf(sums),
      milliseconds(spreadOf(rows, { contender, variant }, 'medianMs')),
      `${number(slowest)} ms`,
    ]
  })
  return table(['', times, 'requests', 'failed', 'of these', takes, 'the slowest'], lines)
}

/** What the figures say of the promise that a reload loses nothing, and of what a killed process costs. */
function verdict(rows: readonly Row[], names: readonly string[]): string {
  const { times = 0, failed = 0, requests = 0 } = totals(rows, OFFLOOP, 'reload')
  const others = names.filter((name) => name !== OFFLOOP)
  const kills = (name: string) => `${name} ${number(perTime(totals(rows, name, 'kill')))}`
  const promise =
    failed === 0
      ? `Offloop's promise that a reload loses no request held in ${number(times)} reloads under ${number(requests)} requests`
      : `Offloop's promise that a reload loses no request did not hold: ${number(failed)} of ${number(requests)} failed in ${number(times)} reloads`
  return `${promise}. Failed requests for each killed process: ${[OFFLOOP, ...others].map(kills).join(', ')}.`
}

/** Counts are added up over the rounds. Durations among the figures are, too, and mean nothing then. */
function totals(rows: readonly Row[], contender: string, variant: string): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const row of rows) {
    if (row.contender !== contender || row.variant !== variant) continue
    for (const [name, value] of Object.entries(row.figures)) sums[name] = (sums[name] ?? 0) + value
  }
  return sums
}

const perTime = ({ failed = 0, times = 0 }: Record<string, number>): number =>
  times === 0 ? 0 : failed / times

function kindsOf(sums: Readonly<Record<string, number>>): string {
  const kinds = Object.entries(sums).filter(([name]) => name.startsWith(FAILED_BY))
  return kinds.map(([name, count]) => `${count} ${name.slice(FAILED_BY.length)}`).join(', ') || '–'
}

function milliseconds(spread: Spread | undefined): string {
  if (spread === undefined) return '–'
  return `${number(spread.median)} ms (${number(spread.lowest)} to ${number(spread.highest)})`
}
