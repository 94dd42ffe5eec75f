import { inSuccession, type LoopResult } from './closed-loop.ts'
import { percentiles } from './percentiles.ts'
import { cpuSeconds } from './process-figures.ts'

/** A closed loop, and what the servers' processes used meanwhile. */
export interface MeasuredLoop {
  readonly loop: LoopResult
  readonly cpuSeconds: number
}

export async function withCpu(pid: number, run: () => Promise<LoopResult>): Promise<MeasuredLoop> {
  const before = cpuSeconds(pid)
  const loop = await run()
  return { loop, cpuSeconds: cpuSeconds(pid) - before }
}

/** Of the turns of a round together. */
export function loopFigures(turns: readonly MeasuredLoop[]) {
  const { answered, seconds, ms } = inSuccession(turns.map(({ loop }) => loop))
  const { p50, p99 } = percentiles(ms)
  const cpu = turns.reduce((sum, turn) => sum + turn.cpuSeconds, 0)
  return { perSecond: answered / seconds, cpuMs: (cpu * 1000) / answered, p50Ms: p50, p99Ms: p99 }
}
