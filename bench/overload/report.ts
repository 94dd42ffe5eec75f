import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { median } from 'simple-statistics'
import type { Contender } from './contender.ts'
import { linePlots } from '../harness/line-plot.ts'
import type { Point } from './point.ts'

export interface Run {
  readonly contenders: readonly Contender[]
  /** Of each contender in a closed loop, per second, and the best of them: what rates are multiples of. */
  readonly capacities: ReadonlyMap<string, number>
  readonly capacity: number
  readonly points: readonly Point[]
  readonly rates: readonly number[]
  readonly rounds: number
  readonly seconds: number
  /** Load averages of 1, 5 and 15 minutes. */
  readonly loads: { readonly before: readonly number[]; readonly after: readonly number[] }
  readonly busyMs: number
  readonly deadlineMs: number
  readonly cutOffMs: number
}

const resultsDir = fileURLToPath(new URL('results', import.meta.url))

/** Prints a table in markdown, and writes it, a plot and all figures to `bench/overload/results/`. */
export async function report(run: Run): Promise<void> {
  const markdown = `${tableOf(run)}\n\n${describeRun(run)}\n`
  process.stdout.write(`\n${markdown}`)
  await mkdir(resultsDir, { recursive: true })
  await writeFile(`${resultsDir}/overload.md`, markdown)
  await writeFile(`${resultsDir}/overload.svg`, plotOf(run))
  const figures = { machine, ...run, capacities: Object.fromEntries(run.capacities) }
  await writeFile(`${resultsDir}/overload.json`, JSON.stringify(figures, null, 2))
}

const HEAD = [
  '| offered | contender | good answers | refused | a refusal, p50 / p99 | accepted, p50 / p99 | late | given up | client hung up | failed | health check, p50 / p99 | memory before / peak / after | quick again after |',
  '|---|---|---|---|---|---|---|---|---|---|---|---|---|',
]

function tableOf({ contenders, points, rates, seconds }: Run): string {
  const lines = rates.flatMap((rate) =>
    contenders.map(({ name, description }) => {
      const of = points.filter((point) => point.rate === rate && point.contender === name)
      const middle = (value: (point: Point) => number) => median(of.map(value))
      const both = (value: (point: Point) => { p50: number; p99: number }) =>
        `${ms(middle((point) => value(point).p50))} / ${ms(middle((point) => value(point).p99))}`
      const perSecond = (count: (point: Point) => number) => rateOf(middle((point) => count(point) / seconds))
      const refused = middle(({ refusedPerSecond }) => refusedPerSecond)
      return `| ${[
        `${rate} × (${rateOf(middle(({ offeredPerSecond }) => offeredPerSecond))})`,
        description,
        `**${rateOf(middle(({ goodPerSecond }) => goodPerSecond))}**`,
        rateOf(refused),
        refused > 0 ? both(({ refusalMs }) => refusalMs) : '–',
        both(({ acceptedMs }) => acceptedMs),
        perSecond(({ endings }) => endings.late),
        perSecond(({ endings }) => endings['given-up']),
        perSecond(({ endings }) => endings['cut-off']),
        perSecond(({ endings }) => endings.failed),
        both(({ lightMs }) => lightMs),
        `${(['before', 'peak', 'after'] as const).map((when) => mib(middle(({ rssBytes }) => rssBytes[when]))).join(' / ')} MiB`,
        recovered(of),
      ].join(' | ')} |`
    }),
  )
  return [...HEAD, ...lines].join('\n')
}

function recovered(points: readonly Point[]): string {
  const known = points.flatMap(({ recoveredMs }) => (recoveredMs === null ? [] : [recoveredMs]))
  return known.length < points.length ? 'over 5 s' : `${(Math.max(...known) / 1000).toFixed(1)} s`
}

function plotOf({ contenders, points, rates, deadlineMs, capacity }: Run): string {
  const lines = (value: (point: Point) => number) =>
    contenders.map(({ name }) => ({
      name,
      values: rates.map((rate) =>
        median(points.filter((point) => point.rate === rate && point.contender === name).map(value)),
      ),
    }))
  const x = { label: 'offered, multiples of the rate of the closed loop', values: rates }
  return linePlots(x, [
    {
      title: 'Good answers a second',
      lines: lines(({ goodPerSecond }) => goodPerSecond),
      mark: { at: capacity, label: 'closed loop' },
    },
    {
      title: 'p99 of what was accepted, ms',
      lines: lines(({ acceptedMs }) => acceptedMs.p99),
      mark: { at: deadlineMs, label: 'deadline' },
    },
  ])
}

const machine = {
  node: process.version,
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
}

function describeRun({ points, capacities, seconds, rounds, loads, ...load }: Run): string {
  const most = (value: (point: Point) => number) => Math.max(...points.map(value))
  const closed = [...capacities].map(([name, perSecond]) => `${name} ${rateOf(perSecond)}`).join(', ')
  const averages = (of: readonly number[]) => of.map((each) => each.toFixed(1)).join(' ')
  return [
    `All but times and memory per second; medians of ${rounds} rounds, contenders in turn, ${seconds} s a point after 2 s of`,
    `warm-up. In a closed loop: ${closed} a second. Each request computes ${load.busyMs} ms; deadline ${load.deadlineMs} ms,`,
    `the client hangs up after ${load.cutOffMs} ms. Node ${machine.node}, ${machine.cores} × ${machine.cpu}, generator on the same cores:`,
    `it used up to ${Math.round(100 * most(({ generatorCpuShare }) => generatorCpuShare))} % of a core and was late by up to ${ms(most(({ latenessMs }) => latenessMs.p99))} (p99), ${ms(most(({ latenessMs }) => latenessMs.longest))} (longest).`,
    `Load average before ${averages(loads.before)}, after ${averages(loads.after)}.`,
  ].join('\n')
}

const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`
const mib = (bytes: number): number => Math.round(bytes / 2 ** 20)
const rateOf = (perSecond: number): string => String(Math.round(perSecond * 10) / 10)
