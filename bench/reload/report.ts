import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { countKinds, median } from '../../test/support/load-result.ts'
import type { Contender } from './contender.ts'
import type { Turn } from './run.ts'

export interface Run {
  readonly contenders: readonly Contender[]
  readonly turns: readonly Turn[]
  readonly reloads: number
  readonly rounds: number
  readonly clients: number
  readonly pauseMs: number
}

const resultsDir = fileURLToPath(new URL('results', import.meta.url))

/** Prints a table in markdown, and writes it and all figures to `bench/reload/results/`. */
export async function report(run: Run): Promise<void> {
  const rows = run.contenders.map((contender) => summarise(contender, run.turns))
  const markdown = `${tableOf(rows)}\n\n${describeRun(run)}\n`
  process.stdout.write(`\n${markdown}`)
  await mkdir(resultsDir, { recursive: true })
  await writeFile(`${resultsDir}/reload.md`, markdown)
  await writeFile(`${resultsDir}/reload.json`, JSON.stringify({ machine, rows, turns: run.turns }, null, 2))
}

interface Row {
  readonly contender: string
  readonly description: string
  readonly reloads: number
  readonly requests: number
  readonly failed: number
  readonly failedPerReload: number
  readonly kinds: Readonly<Record<string, number>>
  readonly medianReloadMs: number
  readonly slowestReloadMs: number
  readonly commandMs: number
  readonly perSecond: number
  readonly longestAnswerMs: number
}

function summarise({ name, description }: Contender, allTurns: readonly Turn[]): Row {
  const turns = allTurns.filter(({ contender }) => contender === name)
  const reloadMs = turns.flatMap((turn) => turn.reloadMs)
  const failures = turns.flatMap(({ load }) => load.failures)
  const requests = sum(turns.map(({ load }) => load.requests))
  return {
    contender: name,
    description,
    reloads: reloadMs.length,
    requests,
    failed: failures.length,
    failedPerReload: failures.length / reloadMs.length,
    kinds: countKinds(failures),
    medianReloadMs: median(reloadMs),
    slowestReloadMs: Math.max(...reloadMs),
    commandMs: median(turns.map((turn) => turn.commandMs)),
    perSecond: requests / sum(turns.map(({ load }) => load.seconds)),
    longestAnswerMs: Math.max(...turns.map(({ load }) => load.latencyMs.longest)),
  }
}

function tableOf(rows: readonly Row[]): string {
  const head = [
    '| contender | reloads | requests | failed | of these | a reload takes, median / slowest | its command alone | requests a second | slowest request |',
    '|---|---|---|---|---|---|---|---|---|',
  ]
  const lines = rows.map((row) => {
    const kinds = Object.entries(row.kinds).map(([kind, count]) => `${count} ${kind}`)
    const durations = `${seconds(row.medianReloadMs)} / ${seconds(row.slowestReloadMs)}`
    return `| ${row.description} | ${row.reloads} | ${row.requests} | ${row.failed} | ${kinds.join(', ') || '–'} | ${durations} | ${seconds(row.commandMs)} | ${Math.round(row.perSecond)} | ${Math.round(row.longestAnswerMs)} ms |`
  })
  return [...head, ...lines].join('\n')
}

const machine = {
  node: process.version,
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
}

function describeRun({ rounds, reloads, clients, pauseMs }: Run): string {
  return [
    `${rounds} rounds in turn, ${reloads} reloads of two processes in each; ${clients} clients with pauses of up to`,
    `${pauseMs} ms before a request, half of them on kept connections, half with a new one for each request.`,
    `Node ${machine.node}, ${machine.cores} × ${machine.cpu}; the load runs on the same cores.`,
    'A reload takes as long as its command does; “its command alone” is the same command line doing nothing.',
    'A request without an answer for 15 s counts as a timeout; its client sends nothing meanwhile, which lowers',
    'the requests a second.',
  ].join('\n')
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
