import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { median } from '../../test/support/load-result.ts'
import { type Percentiles, percentiles } from '../harness/percentiles.ts'
import { fileOf, startOffloop } from '../harness/start-offloop.ts'
import type { LightJob, LightTimes } from './light-process.ts'
import type { SaturatingJob } from './load-process.ts'

/*
 * How long light requests take while every thread computes, and while large bodies pass through, as a multiple
 * of the same server idle in the same run. Beside it a plain node:http server that has nothing else to do and
 * is asked by the same client: what it loses is what the machine has no core for.
 *
 *     npm run bench:light -- --rounds 5 --seconds 8
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '8' },
    /** Light requests a second, over all addresses. */
    'per-second': { type: 'string', default: '120' },
  },
})
const rounds = Number(values.rounds)
const seconds = Number(values.seconds)
const perSecond = Number(values['per-second'])

/** Twice as many as there are threads: none is ever without work. */
const COMPUTING_CLIENTS = 2 * 2 * availableParallelism()
const PHASES = ['idle', 'compute', 'bodies'] as const
type Phase = (typeof PHASES)[number]
const PATHS = ['/livez', '/api/tasks', 'plain server'] as const

interface Row {
  readonly round: number
  readonly phase: Phase
  readonly path: string
  readonly times: Percentiles
  readonly failed: number
}

const rows: Row[] = []
{
  await using server = await startOffloop({})
  const plain = fork(fileOf('bench/light/plain-server.mjs'))
  const [{ port }] = (await once(plain, 'message')) as [{ port: number }]
  const urls = [`${server.url}/livez`, `${server.url}/api/tasks`, `http://127.0.0.1:${port}/`]
  for (let round = 1; round <= rounds; round++) {
    for (const phase of PHASES) await measure(phase, round, server.url, urls)
  }
  plain.disconnect()
}
await report()

async function measure(phase: Phase, round: number, url: string, urls: readonly string[]): Promise<void> {
  const load = phase === 'idle' ? undefined : await saturate({ url, kind: phase, clients: clientsOf(phase) })
  const light = fork(fileOf('bench/light/light-process.ts'), { serialization: 'advanced' })
  light.send({ urls, perSecond, seconds } satisfies LightJob)
  const [times] = (await once(light, 'message')) as [LightTimes]
  load?.disconnect()
  if (load) await once(load, 'exit')
  // What is still computing has no caller any more and stops.
  await sleep(1000)
  for (const [index, { ms, failed }] of times.entries()) {
    const row = { round, phase, path: PATHS[index] ?? '', times: percentiles(ms), failed }
    rows.push(row)
    process.stderr.write(`${JSON.stringify(row)}\n`)
  }
}

function clientsOf(phase: Phase): number {
  return phase === 'bodies' ? 2 * availableParallelism() : COMPUTING_CLIENTS
}

/** Settles once the first requests are on their way. */
async function saturate(job: SaturatingJob): Promise<ChildProcess> {
  const load = fork(fileOf('bench/light/load-process.ts'))
  load.send(job)
  await once(load, 'message')
  await sleep(500)
  return load
}

async function report(): Promise<void> {
  const lines = PATHS.flatMap((path) =>
    PHASES.map((phase) => {
      const of = rows.filter((row) => row.phase === phase && row.path === path)
      const idle = rows.filter((row) => row.phase === 'idle' && row.path === path)
      const ms = (name: keyof Percentiles) => median(of.map(({ times }) => times[name])).toFixed(1)
      const ratio = (name: 'p90' | 'p99') =>
        median(of.map(({ times }, index) => times[name] / (idle[index]?.times[name] ?? 1))).toFixed(1)
      const failed = of.reduce((sum, row) => sum + row.failed, 0)
      return `| ${path} | ${phase} | ${ms('p50')} | ${ms('p90')} | ${ms('p99')} | ${ms('longest')} | ${ratio('p90')} | **${ratio('p99')}** | ${failed} |`
    }),
  )
  const about = `Milliseconds, medians of ${rounds} rounds of ${seconds} s each, phases in turn; ratios to idle in the same round. ${availableParallelism()} × ${cpus()[0]?.model}, Node ${process.version}, load average ${loadavg()
    .map((each) => each.toFixed(1))
    .join(' ')}`
  const markdown = [
    '| asked for | while | p50 | p90 | p99 | longest | p90 / idle | p99 / idle | failed |',
    '|---|---|---|---|---|---|---|---|---|',
    ...lines,
    '',
    about,
    '',
  ].join('\n')
  process.stdout.write(`\n${markdown}`)
  const results = fileOf('bench/light/results')
  await mkdir(results, { recursive: true })
  await writeFile(`${results}/light.md`, markdown)
  await writeFile(`${results}/light.json`, JSON.stringify(rows, null, 2))
}
