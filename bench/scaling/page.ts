import { loadConfig } from '../../src/config/load-config.ts'
import { barPlots } from '../harness/bar-plot.ts'
import type { BenchmarkResult, Row } from '../harness/benchmark.ts'
import { contendersOf, ratioOf, spreadOf, variantsOf } from '../harness/comparison.ts'
import { mebibytes, number, ratioCell, table } from '../harness/table.ts'
import {
  bestOf,
  bestOverall,
  type Measured,
  NEAR,
  smallestForAll,
  smallestNearBest,
  worstShareOf,
} from './choice.ts'
import { nameOf } from './combinations.ts'

/** Twice as many as the largest combination has threads, the same for all: nobody waits for clients. */
export const clientsFor = (cores: number): number => 2 * 4 * cores

export function describe(result: BenchmarkResult): string {
  const { machine, rows } = result
  const standard = defaultOf(result)
  return [
    `*Processes × threads in each*, for three kinds of work, each asked for by ${clientsFor(machine.cores)} clients that wait for their answers; the queues are long enough for all of them. Every combination is started anew in every round. Figures are answers a second, and in brackets ratios to the default, ${standard}, of the same round; memory is resident memory of the primary and all HTTP processes after all three, in which what they share counts more than once.`,
    combinationTable(rows, standard),
    variantsOf(rows)
      .map((work) => bestInWords(rows, work))
      .join(' '),
    `${conclusion(rows, standard)} ${prices(rows, standard, machine.cores)}`,
  ].join('\n\n')
}

export function plots({ rows }: BenchmarkResult): Readonly<Record<string, string>> {
  const works = variantsOf(rows).map((work) => ({
    title: `Answers a second: ${work}`,
    bars: measuredOf(rows, work).map(({ name, perSecond }) => ({
      label: name,
      value: perSecond,
      note: number(perSecond),
    })),
  }))
  const memory = measuredOf(rows, lastWork(rows)).map(({ name, residentBytes }) => ({
    label: name,
    value: residentBytes,
    note: mebibytes(residentBytes),
  }))
  return {
    '': barPlots([...works, { title: 'Resident memory of the cluster, after all three', bars: memory }]),
  }
}

function combinationTable(rows: readonly Row[], standard: string): string {
  const lines = contendersOf(rows).map((contender) => {
    const works = variantsOf(rows).map((variant) => {
      const perSecond = number(spreadOf(rows, { contender, variant }, 'perSecond')?.median)
      if (contender === standard) return perSecond
      const to = { contender: standard, variant }
      return `${perSecond} · ${ratioCell(ratioOf(rows, { contender, variant }, to, 'perSecond'))}`
    })
    const memory = (figure: string) =>
      mebibytes(spreadOf(rows, { contender, variant: lastWork(rows) }, figure)?.median)
    return [contender, ...works, memory('startBytes'), memory('residentBytes')]
  })
  return table(['', ...variantsOf(rows), 'memory at start', 'memory after'], lines)
}

function bestInWords(rows: readonly Row[], work: string): string {
  const measured = measuredOf(rows, work)
  const best = bestOf(measured)
  const small = smallestNearBest(measured)
  const start = `*${capital(work)}*: ${best.name} does most, ${number(best.perSecond)} a second`
  if (small.name === best.name)
    return `${start}, and none that is smaller comes within ${NEAR_IN_WORDS} of it.`
  return `${start}; the smallest within ${NEAR_IN_WORDS} of it is ${small.name} with ${number(small.perSecond)}, which needs ${mebibytes(small.residentBytes)} instead of ${mebibytes(best.residentBytes)}.`
}

/** Whether these figures speak for the default. */
function conclusion(rows: readonly Row[], standard: string): string {
  const works = variantsOf(rows).map((work) => measuredOf(rows, work))
  const share = worstShareOf(standard, works)
  const overall = bestOverall(works)
  if (share >= NEAR) {
    return `**The default, ${standard}, is within ${NEAR_IN_WORDS} of the best for every kind of work** (${percent(share)} of it where it does worst)${smaller(works, standard)}.`
  }
  const better =
    overall.name === standard
      ? 'none does better where it does worst: no combination is best for everything'
      : `${overall.name} never falls below ${percent(overall.worstShare)} of the best`
  return `**The default, ${standard}, does ${percent(share)} of the best where it does worst**; ${better}.`
}

function smaller(works: readonly (readonly Measured[])[], standard: string): string {
  const smallest = smallestForAll(works)
  if (smallest === undefined || smallest.name === standard) return ', and nothing smaller is'
  const own = works[0]?.find(({ name }) => name === standard)
  return `; so is ${smallest.name}, with ${mebibytes(smallest.residentBytes)} instead of ${mebibytes(own?.residentBytes)}`
}

/** What the parts of the default bring and cost: all processes instead of one, two threads instead of one, four instead of two. */
function prices(rows: readonly Row[], standard: string, cores: number): string {
  const threads = defaultThreads()
  const steps = [
    { label: `${cores} processes instead of one`, to: standard, from: nameOf({ processes: 1, threads }) },
    { label: 'a second thread in each', to: standard, from: nameOf({ processes: cores, threads: 1 }) },
    { label: 'four threads instead of two', to: nameOf({ processes: cores, threads: 4 }), from: standard },
  ].filter(({ to, from }) => to !== from)
  const words = steps.map(({ label, to, from }) => {
    const gains = variantsOf(rows).map((variant) => {
      const ratio = ratioOf(rows, { contender: to, variant }, { contender: from, variant }, 'perSecond')
      return ratio === undefined ? '–' : ratio.median.toFixed(2)
    })
    return `${label}: ${gains.join(', ')} times as many answers for ${mebibytes(memoryOf(rows, to) - memoryOf(rows, from))} more`
  })
  return `What each step brings, for the three kinds in turn: ${words.join('; ')}. Besides throughput, a second thread is what a process answers with while the first one is held by a task until its time limit, and what is reserved for interactive work while batches run.`
}

function defaultOf({ machine }: BenchmarkResult): string {
  return nameOf({ processes: machine.cores, threads: defaultThreads() })
}

const defaultThreads = (): number => loadConfig({}).threads

function measuredOf(rows: readonly Row[], variant: string): Measured[] {
  return contendersOf(rows).map((name) => {
    const figure = (of: string) => spreadOf(rows, { contender: name, variant }, of)?.median ?? 0
    return { name, perSecond: figure('perSecond'), residentBytes: memoryOf(rows, name) }
  })
}

/** After all kinds of work. */
function memoryOf(rows: readonly Row[], contender: string): number {
  return spreadOf(rows, { contender, variant: lastWork(rows) }, 'residentBytes')?.median ?? 0
}

const lastWork = (rows: readonly Row[]): string => variantsOf(rows).at(-1) ?? ''
const NEAR_IN_WORDS = `${Math.round((1 - NEAR) * 100)} %`
const percent = (share: number): string => `${Math.round(share * 100)} %`
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
