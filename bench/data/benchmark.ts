import { barPlots } from '../harness/bar-plot.ts'
import type { Benchmark, BenchmarkResult, Effort, Row } from '../harness/benchmark.ts'
import { contendersOf, ratioOf, spreadOf, variantsOf } from '../harness/comparison.ts'
import { loopFigures, withCpu } from '../harness/loop-figures.ts'
import { withPeakMemory } from '../harness/peak-memory.ts'
import { mebibytes, number, ratioCell, table } from '../harness/table.ts'
import { ratioTargetLine } from '../harness/ratio-target.ts'
import { temporaryFolder } from '../harness/temporary-folder.ts'
import { turnByTurn } from '../harness/turn-by-turn.ts'
import { ALONE, dataContenders, OFFLOOP } from './contenders.ts'
import { type Dataset, writeDataset } from './datasets.ts'

const SIZE = { processes: 2, threads: 2 }
const THREADS = SIZE.processes * SIZE.threads
const MIB = 2 ** 20
const TARGET = 0.9

interface Variant {
  readonly name: string
  readonly count: number
  readonly form: Dataset['form']
  /** More than there are threads: none is without work while a body arrives. */
  readonly clients: number
  /** Of the effort's seconds: what is under way at the end of a turn takes seconds more where runs are long. */
  readonly share: number
  readonly turnSeconds: number
  readonly warmUpSeconds: number
  /** Of Offloop, where its defaults refuse as much. */
  readonly settings: Readonly<Record<string, string>>
}

const MILLION = {
  count: 1e6,
  clients: 2 * THREADS,
  share: 0.75,
  turnSeconds: 3,
  warmUpSeconds: 1,
  settings: {},
} as const
const TEN_MILLION = {
  count: 1e7,
  clients: 1.5 * THREADS,
  share: 0.25,
  turnSeconds: 2,
  warmUpSeconds: 0,
  settings: {
    OFFLOOP_MAX_BODY_BYTES: String(128 * MIB),
    OFFLOOP_QUEUE_MAX_BYTES: String(1024 * MIB),
    OFFLOOP_QUEUE_TIMEOUT_MS: '60000',
  },
} as const
const VARIANTS: readonly Variant[] = [
  { ...MILLION, name: 'a million, JSON', form: 'json' },
  { ...MILLION, name: 'a million, float64', form: 'float64' },
  { ...TEN_MILLION, name: 'ten million, JSON', form: 'json' },
  { ...TEN_MILLION, name: 'ten million, float64', form: 'float64' },
]

export const data: Benchmark = {
  name: 'data',
  title: 'Data: what is left of a computation behind HTTP',

  async check() {
    await using folder = await temporaryFolder()
    const small = await Promise.all(
      (['json', 'float64'] as const).map((form) => writeDataset(folder.path, 1e5, form)),
    )
    for (const contender of dataContenders(SIZE, {})) {
      await using server = await contender.start()
      for (const dataset of small) await contender.analyse(server.url, dataset, THREADS, 0)
    }
  },

  async measure(effort: Effort) {
    await using folder = await temporaryFolder()
    const rows: Row[] = []
    for (const variant of VARIANTS) rows.push(...(await measureVariant(variant, folder.path, effort)))
    return rows
  },

  describe({ rows }: BenchmarkResult) {
    const toAlone = (contender: string, variant: string) =>
      ratioOf(rows, { contender, variant }, { contender: ALONE, variant }, 'perSecond')
    const lines = variantsOf(rows).flatMap((variant) =>
      contendersOf(rows).map((contender) => {
        const median = (name: string) => spreadOf(rows, { contender, variant }, name)?.median
        // Nobody waits for an answer there.
        const ms = ['p50Ms', 'p99Ms'].map((name) => (contender === ALONE ? '–' : number(median(name))))
        const ratio = ratioCell(toAlone(contender, variant))
        const [cpu, peak] = [number(median('cpuMs')), mebibytes(median('peakBytes'))]
        return [`${contender}, ${variant}`, number(median('perSecond')), ratio, ...ms, cpu, peak]
      }),
    )
    const head = [
      '',
      'analyses a second',
      `to ${ALONE}`,
      'p50, ms',
      'p99, ms',
      'CPU ms an analysis',
      'peak memory',
    ]
    const target = ratioTargetLine({
      of: `${OFFLOOP} to ${ALONE}, in analyses of a million numbers a second`,
      bound: 'at least',
      value: TARGET,
      measured: VARIANTS.filter(({ count }) => count === MILLION.count).map(({ name }) => ({
        label: name,
        ratio: toAlone(OFFLOOP, name),
      })),
    })
    return [ABOUT, table(head, lines), target, HELD_BACK].join('\n\n')
  },

  plots({ rows }: BenchmarkResult) {
    const groups = variantsOf(rows).map((variant) => ({
      title: `Analyses a second, ${variant}`,
      bars: contendersOf(rows).map((contender) => {
        const value = spreadOf(rows, { contender, variant }, 'perSecond')?.median ?? 0
        return { label: contender, value, note: number(value) }
      }),
    }))
    return { '': barPlots(groups) }
  },
}

const ABOUT = `The statistics of a million numbers (7.8 MB of JSON, or 8 MB of float64) and of ten million (ten times as much), by the same code for \
everybody: only the way there differs. ${MILLION.clients} connections wait for their answers (${1.5 * THREADS} with ten million, where Offloop's limits on the \
size of a body and on waiting are raised); each server has ${SIZE.processes} processes and, but for *inline*, ${SIZE.threads} threads in each. Express + \
Piscina parses JSON on the event loop and hands the thread an object; float64 is moved to the thread without a copy. *The \
computation alone* is the limit: as many threads that have the bytes already, parse them, compute, and encode an answer that \
goes nowhere. In every answer count, sum, mean, median, standard deviation, minimum and maximum are compared with what they must be by formula. \
Memory is that of all processes of a server; what they share counts more than once.`

const HELD_BACK = `**What holds it back.** Of 240 ms of processor time for a million numbers as JSON, taken apart by threads, 15 are the event loops' (8 MB from the \
kernel into one buffer), 18 V8's own threads', 5 a SHA-256 of the body, by which an input that kills a process is known the next time. Clients that send take \
some of the same two cores. *Inline* Express has no threads that share a core and its caches, and the longest waits: nothing else is answered meanwhile.`

async function measureVariant(variant: Variant, folder: string, effort: Effort): Promise<Row[]> {
  const { name, count, form, clients, share, turnSeconds, warmUpSeconds, settings } = variant
  const dataset = await writeDataset(folder, count, form)
  const rows: Row[] = []
  await turnByTurn({
    contenders: dataContenders(SIZE, settings),
    effort: { ...effort, seconds: effort.seconds * share },
    turnSeconds,
    warmUpSeconds,
    async measure({ url, pid }, contender, seconds) {
      const analyse = () => contender.analyse(url, dataset, clients, seconds)
      const { result, peakBytes } = await withPeakMemory(pid, () => withCpu(pid, analyse))
      return { ...result, peakBytes }
    },
    onRound(contender, round, turns) {
      const peakBytes = Math.max(...turns.map((turn) => turn.peakBytes))
      rows.push({
        contender: contender.name,
        variant: name,
        round,
        figures: { ...loopFigures(turns), peakBytes },
      })
    },
  })
  return rows
}
