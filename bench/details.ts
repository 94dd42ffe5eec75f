import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileOf } from './harness/start-offloop.ts'

/** Measurements of one mechanism each, with nobody beside it: programs of their own, in `bench/details/`. */
export const details: readonly string[] = [
  'cancellation',
  'flame-graph',
  'log-line',
  'observability',
  'scrape',
  'sharing',
  'thread-start',
  'trace',
]

/** Runs one of them, with its own options. @returns its exit code */
export async function runDetail(name: string, options: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [fileOf(`bench/details/${name}/run.ts`), ...options], {
    stdio: 'inherit',
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 1
}
