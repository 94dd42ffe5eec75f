import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { countKinds, type LoadResult, median } from '../support/load-result.ts'

export type Figures = Readonly<Record<string, number | string>>

const resultsDir = fileURLToPath(new URL('results', import.meta.url))

/**
 * Prints figures as a table, and writes them with everything behind them to `test/soak/results/<name>.json`.
 *
 * @param details what the figures come from, failures for instance
 */
export async function record(name: string, figures: Figures, details: object): Promise<void> {
  const width = Math.max(...Object.keys(figures).map((key) => key.length))
  const lines = Object.entries(figures).map(([key, value]) => `  ${key.padEnd(width)}  ${value}`)
  process.stdout.write(`\n${name}\n${lines.join('\n')}\n`)
  await mkdir(resultsDir, { recursive: true })
  const machine = {
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    // Above the number of cores somebody else may have been at work, and times mean little.
    loadAverage: loadavg()[0],
  }
  await writeFile(`${resultsDir}/${name}.json`, JSON.stringify({ machine, figures, ...details }, null, 2))
}

/** What every soak tells of its load. */
export function loadFigures({ requests, failures, seconds, perSecond, latencyMs }: LoadResult): Figures {
  const kinds = Object.entries(countKinds(failures)).map(([kind, count]) => `${count} ${kind}`)
  return {
    requests,
    failed: failures.length,
    ...(kinds.length > 0 && { 'of these': kinds.join(', ') }),
    seconds: Math.round(seconds),
    'requests a second': Math.round(perSecond),
    'request p50 / p99 / slowest, ms': [latencyMs.p50, latencyMs.p99, latencyMs.longest]
      .map((ms) => ms.toFixed(1))
      .join(' / '),
  }
}

/** Median and extremes. */
export function spread(values: readonly number[]): string {
  return `${Math.round(median(values))} (${Math.round(Math.min(...values))} to ${Math.round(Math.max(...values))})`
}
