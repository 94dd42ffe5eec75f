import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { median } from '../../../test/support/load-result.ts'
import { type Percentiles, percentiles } from '../../harness/percentiles.ts'
import { fileOf, startOffloop } from '../../harness/start-offloop.ts'
import { sendDealtLoad } from './dealt-load.ts'

/*
 * What it is worth that a process gives away what would wait: the time from a request to its answer, in mean
 * run times, with work sharing, without it, and with all threads in one process, which is one ideal queue.
 *
 *     npm run bench -- sharing --task pause --processes 4 --threads 2 --loads 0.7,0.8,0.9 --rounds 2
 *
 * `pause` holds a thread and no core, so that there may be more threads than this machine has cores: it
 * shows the queues alone. `busy` computes, on the cores that the servers and the load share as well.
 */
const { values } = parseArgs({
  options: {
    task: { type: 'string', default: 'pause' },
    processes: { type: 'string', default: '4' },
    threads: { type: 'string', default: '2' },
    /** Shares of what the threads can do. */
    loads: { type: 'string', default: '0.7,0.8,0.9' },
    'mean-ms': { type: 'string', default: '50' },
    seconds: { type: 'string', default: '15' },
    rounds: { type: 'string', default: '3' },
  },
})

const processes = Number(values.processes)
const threads = Number(values.threads)
const meanMs = Number(values['mean-ms'])
const seconds = Number(values.seconds)
const loads = values.loads.split(',').map(Number)
const rounds = Number(values.rounds)

interface Contender {
  readonly name: string
  readonly settings: Readonly<Record<string, string>>
  readonly processes: number
}

const contenders: readonly Contender[] = [
  { name: 'not shared', ...cluster(processes, threads, 'off') },
  { name: 'shared', ...cluster(processes, threads, 'on') },
  { name: 'one process', ...cluster(1, processes * threads, 'off') },
]

interface Row {
  readonly load: number
  readonly contender: string
  readonly round: number
  /** Of answer times, in mean run times. */
  readonly times: Percentiles
  readonly requests: number
  readonly failed: number
  readonly sharing: Readonly<Record<'given' | 'refused' | 'failed', number>>
}

const rows: Row[] = []
for (let round = 1; round <= rounds; round++) {
  for (const load of loads) {
    for (const contender of contenders) rows.push(await measure(contender, load, round))
  }
}
await report()

function cluster(count: number, each: number, sharing: 'on' | 'off') {
  return {
    processes: count,
    settings: {
      OFFLOOP_PROCESSES: String(count),
      OFFLOOP_THREADS: String(each),
      OFFLOOP_WORK_SHARING: sharing,
      OFFLOOP_QUEUE_MAX: '10000',
    },
  }
}

async function measure(contender: Contender, load: number, round: number): Promise<Row> {
  await using server = await startOffloop(contender.settings)
  const { latenciesMs, failed } = await sendDealtLoad({
    url: server.url,
    task: values.task,
    perSecond: (load * processes * threads * 1000) / meanMs,
    meanMs,
    seconds,
    seed: round,
    processes: contender.processes,
  })
  const times = percentiles(latenciesMs.map((ms) => ms / meanMs))
  const sharing = await sharingCounts(server.opsUrl)
  const row = { load, contender: contender.name, round, times, requests: latenciesMs.length, failed, sharing }
  process.stderr.write(`${JSON.stringify(row)}\n`)
  return row
}

async function sharingCounts(opsUrl: string): Promise<Row['sharing']> {
  // The newest heartbeat is a second old at most.
  await new Promise((resolve) => setTimeout(resolve, 1100))
  const { slots } = (await (await fetch(`${opsUrl}/status`)).json()) as {
    slots: { vitals: { sharing: Row['sharing'] } }[]
  }
  const sum = (name: keyof Row['sharing']) =>
    slots.reduce((total, { vitals }) => total + vitals.sharing[name], 0)
  return { given: sum('given'), refused: sum('refused'), failed: sum('failed') }
}

async function report(): Promise<void> {
  const head = [
    '| load | contender | p50 | p90 | p99 | passed on | refused there | failed |',
    '|---|---|---|---|---|---|---|---|',
  ]
  const lines = loads.flatMap((load) =>
    contenders.map(({ name }) => {
      const of = rows.filter((row) => row.load === load && row.contender === name)
      const middle = (value: (row: Row) => number) => median(of.map(value)).toFixed(1)
      const share = (count: (row: Row) => number) =>
        `${(100 * median(of.map((row) => count(row) / row.requests))).toFixed(1)} %`
      const cells = [
        `${Math.round(load * 100)} %`,
        name,
        middle(({ times }) => times.p50),
        middle(({ times }) => times.p90),
        `**${middle(({ times }) => times.p99)}**`,
        share(({ sharing }) => sharing.given),
        share(({ sharing }) => sharing.refused + sharing.failed),
        String(of.reduce((sum, { failed }) => sum + failed, 0)),
      ]
      return `| ${cells.join(' | ')} |`
    }),
  )
  const about = `${values.task}, ${processes} processes × ${threads} threads, mean run ${meanMs} ms, ${seconds} s a point after 2 s, medians of ${rounds} rounds; ${availableParallelism()} × ${cpus()[0]?.model}, Node ${process.version}, load average ${loadavg()
    .map((each) => each.toFixed(1))
    .join(' ')}`
  const markdown = [...head, ...lines, '', about, ''].join('\n')
  process.stdout.write(`\n${markdown}`)
  const results = fileOf('bench/details/sharing/results')
  await mkdir(results, { recursive: true })
  await writeFile(`${results}/sharing-${values.task}.md`, markdown)
  await writeFile(`${results}/sharing-${values.task}.json`, JSON.stringify(rows, null, 2))
}
