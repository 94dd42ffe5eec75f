import { mkdir, writeFile } from 'node:fs/promises'
import { benchmarks } from './benchmarks.ts'
import { details, runDetail } from './details.ts'
import type { Benchmark, BenchmarkResult } from './harness/benchmark.ts'
import { onThisMachine } from './harness/machine.ts'
import { fileOf } from './harness/start-offloop.ts'
import { BenchOptionError, type BenchOptions, parseBenchOptions } from './harness/options.ts'
import { writePage } from './page.ts'

/*
 *     npm run bench                                   all of them, which takes most of an hour
 *     npm run bench -- trivial images --rounds 5      these
 *     npm run bench -- --check                        only whether every contender answers as it should
 *     npm run bench -- scrape --rounds 20             one of the details, which has options of its own
 *
 * What is measured is written to `docs/benchmarks/`, and `docs/benchmarks.md` is made from that.
 */
const [first = '', ...options] = process.argv.slice(2)
if (details.includes(first)) process.exit(await runDetail(first, options))

const { effort, check, names } = readOptions(process.argv.slice(2))
const chosen = names.length === 0 ? benchmarks : names.map(named)

for (const benchmark of chosen) {
  process.stderr.write(`${benchmark.name}: ${benchmark.title}\n`)
  if (check) await benchmark.check()
  else await measure(benchmark)
}
if (!check) await writePage()

async function measure(benchmark: Benchmark): Promise<void> {
  const { name } = benchmark
  const [machine, rows] = await onThisMachine(() => benchmark.measure(effort))
  const result: BenchmarkResult = { name, effort, machine, rows }
  await mkdir(fileOf('docs/benchmarks'), { recursive: true })
  const write = (file: string, text: string) => writeFile(fileOf(`docs/benchmarks/${file}`), text)
  await write(`${name}.json`, `${JSON.stringify(result, null, 2)}\n`)
  for (const [ending, svg] of Object.entries(benchmark.plots?.(result) ?? {})) {
    await write(`${name}${ending === '' ? '' : `-${ending}`}.svg`, svg)
  }
  process.stdout.write(`\n${benchmark.describe(result)}\n\n`)
}

function readOptions(args: readonly string[]): BenchOptions {
  try {
    return parseBenchOptions(args)
  } catch (error) {
    if (!(error instanceof BenchOptionError)) throw error
    return endWith(error.message)
  }
}

function named(name: string): Benchmark {
  const benchmark = benchmarks.find((each) => each.name === name)
  const known = [...benchmarks.map((each) => each.name), ...details].join(', ')
  return benchmark ?? endWith(`Cannot run the benchmark "${name}": expected one of ${known}`)
}

function endWith(sentence: string): never {
  process.stderr.write(`${sentence}\n`)
  process.exit(2)
}
