import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { compileCacheFolder } from '../../../src/primary/compile-cache.ts'
import { median } from '../../../test/support/load-result.ts'
import type { ProbeResult } from './probe.ts'

/*
 * How long a thread that has ended is missed: from its end to the next answer, of one thread, by what the
 * process is asked for. Beside another build of the program where one is named: interleaved, and the
 * ratio is what counts.
 *
 *     npm run bench -- thread-start
 *     npm run bench -- thread-start --before /path/to/another/checkout/dist
 */
const { values } = parseArgs({
  options: {
    before: { type: 'string' },
    rounds: { type: 'string', default: '7' },
    deaths: { type: 'string', default: '5' },
  },
})
const WORKLOADS = ['hash', 'analyze-data', 'process-image', 'hash,analyze-data,process-image']
const FIGURES = ['firstStart', 'free', 'answered', 'cpu'] as const
const here = fileURLToPath(new URL('../../../dist', import.meta.url))
const builds = values.before === undefined ? [here] : [resolve(values.before), here]
const run = promisify(execFile)
const probeFile = fileURLToPath(new URL('probe.ts', import.meta.url))

const samples = new Map<string, number[]>()
for (let round = 0; round < Number(values.rounds); round++) {
  for (const workload of WORKLOADS) {
    for (const build of builds) await collect(build, workload)
  }
}
print()

async function collect(build: string, workload: string): Promise<void> {
  const args = ['--v8-pool-size=1', probeFile, build, values.deaths, workload]
  // As the primary starts its processes.
  const environment = build === here ? { NODE_COMPILE_CACHE: compileCacheFolder() } : {}
  const { stdout } = await run(process.execPath, args, { env: { ...process.env, ...environment } })
  const result = JSON.parse(stdout) as ProbeResult
  for (const figure of FIGURES) {
    const key = keyOf(build, workload, figure)
    samples.set(key, [...(samples.get(key) ?? []), ...[result[figure]].flat()])
  }
}

function print(): void {
  process.stdout.write('| asked for | until | ms | before, ms | ratio |\n|---|---|---|---|---|\n')
  for (const workload of WORKLOADS) {
    for (const figure of FIGURES) {
      const of = (build: string) => median(samples.get(keyOf(build, workload, figure)) ?? [])
      const [before, now] = [of(builds[0] ?? here), of(here)]
      const beside = builds.length > 1 ? `${before.toFixed(0)} | ${(now / before).toFixed(2)}` : ' | '
      process.stdout.write(`| ${workload} | ${figure} | ${now.toFixed(0)} | ${beside} |\n`)
    }
  }
}

function keyOf(build: string, workload: string, figure: string): string {
  return `${build} ${workload} ${figure}`
}
