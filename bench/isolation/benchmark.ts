import { writeDataset } from '../data/datasets.ts'
import { barPlots } from '../harness/bar-plot.ts'
import type { Benchmark, BenchmarkResult, Effort, Row } from '../harness/benchmark.ts'
import { contendersOf, ratioOf, type Spread, spreadOf, variantsOf } from '../harness/comparison.ts'
import { number, ratioCell, table } from '../harness/table.ts'
import { ratioTargetLine } from '../harness/ratio-target.ts'
import { temporaryFolder } from '../harness/temporary-folder.ts'
import { takePictures } from '../images/pictures.ts'
import { PHOTO, THUMBNAIL, wantedImages } from '../images/wanted-images.ts'
import { type IsolationContender, isolationContenders, OFFLOOP, plainServer } from './contenders.ts'
import { askLightly } from './light-requests.ts'
import { type LoadName, type Loads, loadsOf } from './loads.ts'
import { measurePhase, PER_SECOND, type Running, type Saturate } from './phase.ts'

const SIZE = { processes: 2, threads: 2 }
/** Twice as many as there are threads: none is ever without work. */
const CLIENTS = 2 * SIZE.processes * SIZE.threads
const CONNECTIONS = 16
const NUMBERS = 1e6
const TARGET = 2

const IDLE = 'idle'
const PHASES: Readonly<Record<string, LoadName | undefined>> = {
  [IDLE]: undefined,
  'a trivial task': 'trivial',
  images: 'images',
  'a million numbers': 'data',
}

export const isolation: Benchmark = {
  name: 'isolation',
  title: 'Isolation: light requests while everything computes',

  /** Images are looked at by the benchmark of that name, and the program is the same. */
  async check() {
    await using folder = await temporaryFolder()
    await using plain = await plainServer(SIZE).start()
    const loads = await loadsIn(folder.path, { numbers: 1e5, withImages: false })
    for (const contender of isolationContenders(SIZE)) {
      await using server = await contender.start()
      await askLightly({
        urls: [server.url + contender.path, plain.url],
        perSecond: PER_SECOND,
        seconds: 0.1,
      })
      const { trivial, data } = contender.paths
      if (trivial !== undefined) await loads.trivial(server.url, trivial, 1)
      if (data !== undefined) await loads.data(server.url, data, 0)
    }
  },

  async measure(effort: Effort) {
    await using folder = await temporaryFolder()
    const loads = await loadsIn(folder.path, { numbers: NUMBERS, withImages: true })
    const rows: Row[] = []
    for (let round = 1; round <= effort.rounds; round++) {
      await using servers = new AsyncDisposableStack()
      const plain = servers.use(await plainServer(SIZE).start())
      const running: Running[] = []
      for (const contender of isolationContenders(SIZE)) {
        running.push({ contender, server: servers.use(await contender.start()) })
      }
      for (const [variant, name] of Object.entries(PHASES)) {
        for (const { contender, server } of running) {
          const load = loadOf(contender, name, loads)
          if (load === undefined) continue
          const figures = await measurePhase({ contender, server }, plain, load, effort.seconds)
          rows.push({ contender: contender.name, variant, round, figures })
        }
      }
    }
    return rows
  },

  describe({ rows }: BenchmarkResult) {
    const lines = contendersOf(rows).flatMap((contender) =>
      variantsOf(rows.filter((row) => row.contender === contender)).map((variant) => {
        const figure = (name: string) => number(spreadOf(rows, { contender, variant }, name)?.median)
        const ratios = ['p99Ms', 'controlP99Ms'].map((name) =>
          ratioCell(toIdle(rows, contender, variant, name)),
        )
        const ms = ['p50Ms', 'p99Ms', 'longestMs'].map(figure)
        return [`${contender}, ${variant}`, ...ms, ...ratios, figure('cores')]
      }),
    )
    const head = ['', 'p50, ms', 'p99, ms', 'longest, ms', 'p99 to idle', 'the control’s', 'cores in use']
    const target = ratioTargetLine({
      of: `p99 of ${OFFLOOP} to idle`,
      bound: 'at most',
      value: TARGET,
      measured: saturatedPhasesOf(rows).map((label) => ({
        label,
        ratio: toIdle(rows, OFFLOOP, label, 'p99Ms'),
      })),
    })
    return [ABOUT, table(head, lines), target, HELD_BACK].join('\n\n')
  },

  plots({ rows }: BenchmarkResult) {
    const groups = saturatedPhasesOf(rows).map((variant) => ({
      title: `p99 of a light request, as a multiple of idle: ${variant}`,
      bars: contendersOf(rows.filter((row) => row.variant === variant)).flatMap((contender) => [
        barOf(contender, toIdle(rows, contender, variant, 'p99Ms')),
        barOf(`node:http beside it`, toIdle(rows, contender, variant, 'controlP99Ms')),
      ]),
    }))
    return { '': barPlots(groups) }
  },
}

const ABOUT = `How long \`GET /livez\` takes while clients that wait for their answers keep every thread at work: with a trivial task (SHA-256 of seven \
bytes, ${CONNECTIONS} connections), pictures of 2 to 6 megapixels that become JPEG and WebP (${CLIENTS} connections), a million numbers as JSON (${CLIENTS} \
connections); each server has ${SIZE.processes} processes (and, but for *inline*, ${SIZE.threads} threads in each). Light requests come by the clock, ${PER_SECOND} a second, from \
a process of their own, and wait for nobody; their times count from when they were due. Ratios are to the same server idle in the same round. *The \
control* is a server of ten lines of node:http beside it that does nothing else and is asked in the same way: what it loses is what the machine, with servers, \
load and measuring on the same cores, has no core for. *Cores in use* are those of the server alone. All answers, of the loads as well, were right.`

const HELD_BACK = `**What holds it back.** The control does nothing but answer such requests, and loses about as much: what is missing on this machine is a core. Threads, their \
priority lowered, still have to be taken off it, a body of 8 MB is copied out of the kernel on the event loop (128 KB a turn), and \
V8's own threads run at normal priority.`

/** Undefined where the contender does not take that load. */
function loadOf(
  { paths }: IsolationContender,
  name: LoadName | undefined,
  loads: Loads,
): Saturate | undefined {
  if (name === undefined) return async () => {}
  const path = paths[name]
  return path === undefined ? undefined : ({ url }, seconds) => loads[name](url, path, seconds)
}

interface LoadSize {
  readonly numbers: number
  readonly withImages: boolean
}

async function loadsIn(folder: string, { numbers, withImages }: LoadSize): Promise<Loads> {
  const dataset = await writeDataset(folder, numbers, 'json')
  const pictures = withImages ? await takePictures(folder) : []
  const photos = await wantedImages(pictures, PHOTO)
  const thumbnails = await wantedImages(pictures, THUMBNAIL)
  const images = [...photos, ...thumbnails]
  return loadsOf({ images, dataset, clients: CLIENTS, connections: CONNECTIONS })
}

function toIdle(
  rows: readonly Row[],
  contender: string,
  variant: string,
  figure: string,
): Spread | undefined {
  return ratioOf(rows, { contender, variant }, { contender, variant: IDLE }, figure)
}

function saturatedPhasesOf(rows: readonly Row[]): string[] {
  return variantsOf(rows).filter((variant) => variant !== IDLE)
}

function barOf(label: string, ratio: Spread | undefined) {
  const value = ratio?.median ?? 0
  return { label, value, note: number(value) }
}
