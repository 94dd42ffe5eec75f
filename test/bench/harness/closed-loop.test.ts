import { describe, expect, it } from 'vitest'
import { inClosedLoop, inSuccession, sideBySide } from '../../../bench/harness/closed-loop.ts'

describe('a closed loop', () => {
  it('has each client make one request even where no time is given', async () => {
    const turns: number[] = []
    const result = await inClosedLoop({ clients: 3, seconds: 0, once: (turn) => void turns.push(turn) })
    expect(turns).toEqual([0, 1, 2])
    expect(result).toMatchObject({
      answered: 3,
      ms: [expect.any(Number), expect.any(Number), expect.any(Number)],
    })
  })

  it('never has more requests under way than clients', async () => {
    let underWay = 0
    let most = 0
    const once = async () => {
      underWay += 1
      most = Math.max(most, underWay)
      await new Promise(setImmediate)
      underWay -= 1
    }
    await inClosedLoop({ clients: 4, seconds: 0.02, once })
    expect(most).toBe(4)
  })

  it('ends with what a request throws', async () => {
    const once = (turn: number) => {
      if (turn === 5) throw new Error('a wrong answer')
    }
    await expect(inClosedLoop({ clients: 1, seconds: 60, once })).rejects.toThrow('a wrong answer')
  })
})

describe('several loops', () => {
  const loops = [
    { answered: 2, seconds: 1, ms: [10, 20] },
    { answered: 1, seconds: 3, ms: [30] },
  ]

  it('take as long as the longest where they ran at the same time', () => {
    expect(sideBySide(loops)).toEqual({ answered: 3, seconds: 3, ms: [10, 20, 30] })
  })

  it('take as long as all of them where they ran one after the other', () => {
    expect(inSuccession(loops)).toEqual({ answered: 3, seconds: 4, ms: [10, 20, 30] })
  })
})
