import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { childrenOf } from '../../../test/support/cluster.ts'
import { median } from '../../../test/support/load-result.ts'
import { fileOf, type RunningOffloop, startOffloop } from '../../harness/start-offloop.ts'
import type { LoadAnswer, LoadJob } from './load-process.ts'

/*
 * What it costs to be observed: requests a second of a trivial task, and CPU time for each, with everything on
 * against everything off. In a round all contenders run side by side, and are asked in turn, for a moment each: what
 * the machine does besides then falls on all of them. The clusters of the next round are new ones.
 *
 *     npm run bench -- observability --rounds 5 --turns 6 --seconds 2
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    turns: { type: 'string', default: '6' },
    seconds: { type: 'string', default: '2' },
    connections: { type: 'string', default: '16' },
  },
})
const rounds = Number(values.rounds)
const turns = Number(values.turns)
const seconds = Number(values.seconds)
const connections = Number(values.connections)

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
for (let round = 1; round <= rounds; round++) await measureRound(round)
await report()

async function measureRound(round: number): Promise<void> {
  const running: Running[] = []
  try {
    for (const [name, contender] of Object.entries(CONTENDERS)) {
      running.push({
        name,
        contender,
        server: await startOffloop(contender.settings),
        answered: 0,
        took: 0,
        cpu: 0,
      })
    }
    for (const each of running) await takeTurn(each)
    for (const each of running) Object.assign(each, { answered: 0, took: 0, cpu: 0 })
    for (let turn = 0; turn < turns; turn++) for (const each of running) await takeTurn(each)
  } finally {
    for (const { server } of running) await server[Symbol.asyncDispose]()
  }
  for (const { name, answered, took, cpu } of running) {
    rows.push({ contender: name, round, perSecond: answered / took, cpuMs: (cpu * 1000) / answered })
    process.stderr.write(`${JSON.stringify(rows.at(-1))}\n`)
  }
}

interface Running {
  readonly name: string
  readonly contender: Contender
  readonly server: RunningOffloop
  answered: number
  /** Seconds. */
  took: number
  cpu: number
}

async function takeTurn(running: Running): Promise<void> {
  const { name, contender, server } = running
  const { headers, scraped } = contender
  const scraper = scraped ? setInterval(() => void scrape(server), 1000) : undefined
  const before = cpuSeconds(server.pid)
  const result = await load({ url: server.url, connections, seconds, headers })
  clearInterval(scraper)
  if (result.wrong > 0) throw new Error(`${result.wrong} answers of "${name}" were wrong`)
  running.answered += result.answered
  running.took += result.seconds
  running.cpu += cpuSeconds(server.pid) - before
}

async function load(job: LoadJob): Promise<LoadAnswer> {
  const child = fork(fileOf('bench/details/observability/load-process.ts'))
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
    `Medians of ${rounds} rounds of ${turns} turns of ${seconds} s; ratios within a round. ${connections} connections, ${availableParallelism()} × ${cpus()[0]?.model}, Node ${process.version}`,
    '',
  ].join('\n')
  process.stdout.write(`\n${markdown}`)
  const results = fileOf('bench/details/observability/results')
  await mkdir(results, { recursive: true })
  await writeFile(`${results}/observability.md`, markdown)
  await writeFile(`${results}/observability.json`, JSON.stringify(rows, null, 2))
}
