import { availableParallelism, cpus, loadavg } from 'node:os'
import type { Machine } from './benchmark.ts'

/** Runs something, and tells on what machine. */
export async function onThisMachine<Result>(run: () => Promise<Result>): Promise<[Machine, Result]> {
  const before = load()
  const result = await run()
  const machine: Machine = {
    date: new Date().toISOString().slice(0, 10),
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? 'unknown',
    node: process.version,
    load: [before, load()],
  }
  return [machine, result]
}

const load = (): number => Math.round((loadavg()[0] ?? 0) * 10) / 10
