import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { childrenOf } from '../../test/support/cluster.ts'
import { median } from '../../test/support/load-result.ts'
import { fileOf, type RunningOffloop, startOffloop } from '../support/start-offloop.ts'
import type { LoadAnswer, LoadJob } from './load-process.ts'

/*
 * What it costs to be observed: requests a second of a trivial task, and CPU time for each, with everything on
 * against everything off, in turn.
 *
 *     npm run bench:observability -- --rounds 7 --seconds 6
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '6' },
    connections: { type: 'string', default: '16' },
  },
})
const [rounds, seconds, connections] = [values.rounds, values.seconds, values.connections].map(Number) as [
  number,
  number,
  number,
]

interface Contender {
  readonly settings: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  readonly scraped: boolean
}

const QUIET = { OFFLOOP_METRICS: 'off', OFFLOOP_ACCESS_LOG_ONE_IN: '0', OFFLOOP_BLOCK_WARN_MS: '0' }
/** A trace that somebody records: the costliest kind, with an exemplar for each request. */
const TRACED = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }
const CONTENDERS: Readonly<Record<string, Contender>> = {
  'all off': { settings: QUIET, headers: {}, scraped: false },
  metrics: { settings: { ...QUIET, OFFLOOP_METRICS: 'on' }, headers: TRACED, scraped: true },
  'access log': { settings: { ...QUIET, OFFLOOP_ACCESS_LOG_ONE_IN: '1' }, headers: {}, scraped: false },
  'all on': { settings: {}, headers: TRACED, scraped: true },
}

interface Row {
  readonly contender: string
  readonly round: number
  readonly perSecond: number
  /** Of the primary and all HTTP processes, for a request. */
  readonly cpuMs: number
}

const rows: Row[] = []
for (let round = 1; round <= rounds; round++) {
  for (const [name, contender] of Object.entries(CONTENDERS)) await measure(name, contender, round)
}
await report()

async function measure(
  name: string,
  { settings, headers, scraped }: Contender,
  round: number,
): Promise<void> {
  await using server = await startOffloop(settings)
  await load({ url: server.url, connections, seconds: 2, headers })
  const scraper = scraped ? setInterval(() => void scrape(server), 1000) : undefined
  const before = cpuSeconds(server.pid)
  const { answered, seconds: took, wrong } = await load({ url: server.url, connections, seconds, headers })
  const cpuMs = ((cpuSeconds(server.pid) - before) * 1000) / answered
  clearInterval(scraper)
  if (wrong > 0) throw new Error(`${wrong} answers of "${name}" were wrong`)
  rows.push({ contender: name, round, perSecond: answered / took, cpuMs })
  process.stderr.write(`${JSON.stringify(rows.at(-1))}\n`)
}

async function load(job: LoadJob): Promise<LoadAnswer> {
  const child = fork(fileOf('bench/observability/load-process.ts'))
  child.send(job)
  const [answer] = (await once(child, 'message')) as [LoadAnswer]
  return answer
}

async function scrape({ opsUrl }: RunningOffloop): Promise<void> {
  const response = await fetch(`${opsUrl}/metrics`, { headers: { Accept: 'application/openmetrics-text' } })
  await response.arrayBuffer()
}

/** User and system time, which Linux tells in hundredths of a second. */
function cpuSeconds(primary: number): number {
  return [primary, ...childrenOf(primary)].reduce((sum, pid) => {
    // Behind the name, which may have spaces in it.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return sum + (Number(fields[11]) + Number(fields[12])) / 100
  }, 0)
}

async function report(): Promise<void> {
  const off = rows.filter(({ contender }) => contender === 'all off')
  const lines = Object.keys(CONTENDERS).map((name) => {
    const own = rows.filter(({ contender }) => contender === name)
    const ratios = (of: (row: Row) => number) =>
      own
        .flatMap((row, index) => {
          const beside = off[index]
          return beside ? [of(row) / of(beside)] : []
        })
        .toSorted((a, b) => a - b)
    const spread = (of: (row: Row) => number) =>
      `**${median(ratios(of)).toFixed(2)}** (${ratios(of)[0]?.toFixed(2)} to ${ratios(of).at(-1)?.toFixed(2)})`
    const perSecond = median(own.map((row) => row.perSecond)).toFixed(0)
    const cpuMs = median(own.map((row) => row.cpuMs)).toFixed(3)
    return `| ${name} | ${perSecond} | ${spread((row) => row.perSecond)} | ${cpuMs} | ${spread((row) => row.cpuMs)} |`
  })
  const markdown = [
    '| | requests a second | to all off | CPU ms a request | to all off |',
    '|---|---|---|---|---|',
    ...lines,
    '',
    `Medians of ${rounds} rounds of ${seconds} s each, in turn; ratios within a round. ${connections} connections, ${availableParallelism()} × ${cpus()[0]?.model}, Node ${process.version}`,
    '',
  ].join('\n')
  process.stdout.write(`\n${markdown}`)
  const results = fileOf('bench/observability/results')
  await mkdir(results, { recursive: true })
  await writeFile(`${results}/observability.md`, markdown)
  await writeFile(`${results}/observability.json`, JSON.stringify(rows, null, 2))
}
