import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { benchmarks } from './benchmarks.ts'
import type { Benchmark, BenchmarkResult } from './harness/benchmark.ts'
import { fileOf } from './harness/start-offloop.ts'

/** Writes `docs/benchmarks.md`, from what has been measured so far. */
export async function writePage(): Promise<void> {
  await writeFile(fileOf('docs/benchmarks.md'), await benchmarksPage())
}

/**
 * The page as the results in a folder have it; a benchmark that has none there has no section.
 *
 * @throws where a result cannot be read
 */
export async function benchmarksPage(folder = fileOf('docs/benchmarks')): Promise<string> {
  const sections: string[] = []
  for (const benchmark of benchmarks) {
    const result = await resultOf(folder, benchmark)
    if (result !== undefined) sections.push(sectionOf(benchmark, result))
  }
  return `<!-- Made by \`npm run bench\` from docs/benchmarks/*.json. Change bench/, not this page. -->
# Benchmarks

Offloop beside what people would use instead. Contenders are in \`bench/contenders/\`, as short and as well tuned as
their authors would write them; all have the same number of processes, and of threads where they have any, and are asked
in turn. Figures are medians over the rounds (of two rounds the lower one). **Ratios are to somebody else in the same round**, with the lowest and the highest behind them: the
machine is small and shared, so the figures themselves are worth less. Load and servers share its cores. Every
answer is checked; a wrong one ends the benchmark, unless failing is what is measured. Targets are what the project
wants of itself; a line under the table says whether they are met, and by how much not.

${sections.join('\n')}`
}

function sectionOf(benchmark: Benchmark, result: BenchmarkResult): string {
  const { name, title } = benchmark
  const { effort, machine } = result
  const plots = Object.keys(benchmark.plots?.(result) ?? {}).map(
    (ending) => `![${title}](benchmarks/${name}${ending === '' ? '' : `-${ending}`}.svg)\n\n`,
  )
  const measured = `Measured on ${machine.date}: ${effort.rounds} rounds, ${machine.cores} cores of ${machine.cpu}, Node.js ${machine.node}, load average ${machine.load[0]} before and ${machine.load[1]} after. [Figures](benchmarks/${name}.json), \`npm run bench -- ${name}\`.`
  return `## ${title}\n\n${plots.join('')}${benchmark.describe(result)}\n\n${measured}\n`
}

async function resultOf(folder: string, { name }: Benchmark): Promise<BenchmarkResult | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8')) as BenchmarkResult
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

if (import.meta.main) await writePage()
