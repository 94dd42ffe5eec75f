import type { Effort } from './benchmark.ts'
import type { Contender } from './contender.ts'
import type { RunningServer } from './start-offloop.ts'

/** What is added up over the turns of a contender in one round. */
export type Sums = Record<string, number>

export interface Turns {
  readonly contenders: readonly Contender[]
  readonly settings?: (contender: Contender) => Readonly<Record<string, string>>
  readonly effort: Effort
  /** @returns numbers that are added up over the turns of a round */
  readonly measure: (server: RunningServer, contender: Contender, seconds: number) => Promise<Sums>
  readonly onRound: (contender: Contender, round: number, sums: Sums) => void
}

/** So long each contender is asked before the next one is: what the machine does besides falls on all of them. */
const TURN_SECONDS = 2

/**
 * In each round all contenders run side by side and are asked in turn, A B C A B C, for a moment each; those that
 * are not asked do nothing. The first turn of each is to warm up, and is not counted. The next round begins with
 * new processes.
 */
export async function inTurn({ contenders, settings, effort, measure, onRound }: Turns): Promise<void> {
  for (let round = 1; round <= effort.rounds; round++) {
    const running: { contender: Contender; server: RunningServer; sums: Sums }[] = []
    try {
      for (const contender of contenders) {
        running.push({ contender, server: await contender.start(settings?.(contender)), sums: {} })
      }
      for (const { server, contender } of running) await measure(server, contender, TURN_SECONDS)
      const turns = Math.max(1, Math.round(effort.seconds / TURN_SECONDS))
      for (let turn = 0; turn < turns; turn++) {
        for (const { server, contender, sums } of running) {
          const seconds = Math.min(TURN_SECONDS, effort.seconds)
          for (const [name, value] of Object.entries(await measure(server, contender, seconds))) {
            sums[name] = (sums[name] ?? 0) + value
          }
        }
      }
    } finally {
      for (const { server } of running) await server[Symbol.asyncDispose]()
    }
    for (const { contender, sums } of running) onRound(contender, round, sums)
  }
}
