import { describe, expect, it } from 'vitest'
import type { Contender } from '../../../bench/harness/contender.ts'
import { inTurn } from '../../../bench/harness/in-turn.ts'
import { turnByTurn } from '../../../bench/harness/turn-by-turn.ts'

/** Contenders that are no processes, and what was done with them. */
function contenders(...names: string[]): { contenders: Contender[]; events: string[] } {
  const events: string[] = []
  const of = (name: string): Contender => ({
    name,
    path: '/',
    start: async () => {
      events.push(`start ${name}`)
      const stop = async () => void events.push(`stop ${name}`)
      return { url: name, pid: 0, [Symbol.asyncDispose]: stop }
    },
  })
  return { contenders: names.map(of), events }
}

describe('turn by turn', () => {
  it('asks all contenders in turn, first to warm up, and starts them anew in each round', async () => {
    const { contenders: all, events } = contenders('A', 'B')
    await turnByTurn({
      contenders: all,
      effort: { rounds: 2, seconds: 4 },
      warmUpSeconds: 1,
      measure: async (_server, { name }, seconds) => events.push(`${name} ${seconds}`),
      onRound: () => {},
    })
    const round = ['start A', 'start B', 'A 1', 'B 1', 'A 2', 'B 2', 'A 2', 'B 2', 'stop A', 'stop B']
    expect(events).toEqual([...round, ...round])
  })

  it('does not count the turn to warm up', async () => {
    const counted: string[] = []
    await inTurn({
      contenders: contenders('A').contenders,
      effort: { rounds: 1, seconds: 6 },
      measure: async () => ({ answered: 1 }),
      onRound: ({ name }, round, sums) => void counted.push(`${name} ${round} ${sums.answered}`),
    })
    expect(counted).toEqual(['A 1 3'])
  })

  it('takes one turn of the seconds that there are where these are fewer than a turn has', async () => {
    const asked: number[] = []
    await turnByTurn({
      contenders: contenders('A').contenders,
      effort: { rounds: 1, seconds: 1 },
      warmUpSeconds: 0,
      measure: async (_server, _contender, seconds) => asked.push(seconds),
      onRound: () => {},
    })
    expect(asked).toEqual([1])
  })

  it('stops all of them where a measurement fails', async () => {
    const { contenders: all, events } = contenders('A', 'B')
    const turns = turnByTurn({
      contenders: all,
      effort: { rounds: 1, seconds: 1 },
      measure: () => Promise.reject(new Error('a wrong answer')),
      onRound: () => {},
    })
    await expect(turns).rejects.toThrow('a wrong answer')
    expect(events.slice(-2)).toEqual(['stop A', 'stop B'])
  })
})
