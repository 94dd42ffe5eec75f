import type { Contender } from './contender.ts'
import { type TurnByTurn, turnByTurn } from './turn-by-turn.ts'

/** What is added up over the turns of a contender in one round. */
export type Sums = Record<string, number>

export interface Turns extends Omit<TurnByTurn<Contender, Sums>, 'onRound'> {
  readonly onRound: (contender: Contender, round: number, sums: Sums) => void
}

/** As {@link turnByTurn}, with numbers that are added up over the turns of a round. */
export async function inTurn({ onRound, ...turns }: Turns): Promise<void> {
  await turnByTurn({
    ...turns,
    onRound: (contender, round, measured) => onRound(contender, round, addedUp(measured)),
  })
}

function addedUp(measured: readonly Sums[]): Sums {
  const sums: Sums = {}
  for (const [name, value] of measured.flatMap((each) => Object.entries(each))) {
    sums[name] = (sums[name] ?? 0) + value
  }
  return sums
}
