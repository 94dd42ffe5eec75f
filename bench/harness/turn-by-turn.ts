import type { Effort } from './benchmark.ts'
import type { Contender } from './contender.ts'
import type { RunningServer } from './start-offloop.ts'

export interface TurnByTurn<Asked extends Contender, Measured> {
  readonly contenders: readonly Asked[]
  readonly settings?: (contender: Asked) => Readonly<Record<string, string>>
  readonly effort: Effort
  /** 2 unless told. So long each contender is asked before the next one is. */
  readonly turnSeconds?: number
  /** As long as a turn unless told; 0 for none. */
  readonly warmUpSeconds?: number
  readonly measure: (server: RunningServer, contender: Asked, seconds: number) => Promise<Measured>
  /** @param turns those of one round, without the one to warm up */
  readonly onRound: (contender: Asked, round: number, turns: readonly Measured[]) => void
}

const TURN_SECONDS = 2

/**
 * In each round all contenders run side by side and are asked in turn, A B C A B C, for a moment each: what the
 * machine does besides falls on all of them. Those that are not asked do nothing. The first turn of each is to warm
 * up, and is not counted. The next round begins with new processes.
 */
export async function turnByTurn<Asked extends Contender, Measured>({
  contenders,
  settings,
  effort,
  turnSeconds = TURN_SECONDS,
  warmUpSeconds = turnSeconds,
  measure,
  onRound,
}: TurnByTurn<Asked, Measured>): Promise<void> {
  const seconds = Math.min(turnSeconds, effort.seconds)
  const turns = Math.max(1, Math.round(effort.seconds / turnSeconds))
  for (let round = 1; round <= effort.rounds; round++) {
    const running: { contender: Asked; server: RunningServer; measured: Measured[] }[] = []
    try {
      for (const contender of contenders) {
        running.push({ contender, server: await contender.start(settings?.(contender)), measured: [] })
      }
      if (warmUpSeconds > 0) {
        for (const { server, contender } of running) await measure(server, contender, warmUpSeconds)
      }
      for (let turn = 0; turn < turns; turn++) {
        for (const { server, contender, measured } of running) {
          measured.push(await measure(server, contender, seconds))
        }
      }
    } finally {
      for (const { server } of running) await server[Symbol.asyncDispose]()
    }
    for (const { contender, measured } of running) onRound(contender, round, measured)
  }
}
