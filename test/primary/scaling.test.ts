import { describe, expect, test } from 'vitest'
import { type ScalableSlot, scaleTo } from '../../src/primary/scaling.ts'

/** Slots without processes. Which ones cannot start, and when a drain is over, is for the test to say. */
function cluster({ processes, broken = [] }: { processes: number; broken?: number[] }) {
  const events: string[] = []
  const drain = Promise.withResolvers<void>()
  const newSlot = (number: number): ScalableSlot => ({
    number,
    status: { pid: 100 + number },
    async start() {
      events.push(`${number} starts`)
      return broken.includes(number) ? { startFailure: `${number} is broken` } : undefined
    },
    async stop(reason) {
      events.push(`${number} stops: ${reason}`)
      await drain.promise
    },
  })
  const slots = Array.from({ length: processes }, (_, number) => newSlot(number))
  const numbers = () => slots.map(({ number }) => number)
  return {
    events,
    slots,
    numbers,
    drained: drain.resolve,
    scale: (to: number) => scaleTo(slots, to, newSlot),
  }
}

describe('more slots', () => {
  test('are started side by side, with the next numbers', async () => {
    const { events, numbers, scale } = cluster({ processes: 1 })
    const scaled = scale(3)
    expect(events).toEqual(['1 starts', '2 starts'])
    expect(await scaled).toEqual(
      [1, 2].map((slot) => ({
        slot,
        outcome: 'started',
        oldPid: null,
        newPid: 100 + slot,
        readyMs: expect.any(Number),
        reason: null,
      })),
    )
    expect(numbers()).toEqual([0, 1, 2])
  })

  test('are given up from the first one on that does not become ready, so that no number is missing', async () => {
    const { events, numbers, drained, scale } = cluster({ processes: 1, broken: [2] })
    drained()
    expect(await scale(4)).toMatchObject([
      { slot: 1, outcome: 'started', newPid: 101, reason: null },
      { slot: 2, outcome: 'failed', newPid: null, readyMs: null, reason: '2 is broken' },
      { slot: 3, outcome: 'removed', newPid: null },
    ])
    expect(numbers()).toEqual([0, 1])
    expect(events).toEqual(['1 starts', '2 starts', '3 starts', '2 stops: scale', '3 stops: scale'])
  })
})

describe('fewer slots', () => {
  test('are what is left when the highest ones have drained', async () => {
    const { events, numbers, drained, scale } = cluster({ processes: 3 })
    const scaled = scale(1)
    expect(events).toEqual(['1 stops: scale', '2 stops: scale'])
    expect(numbers()).toEqual([0, 1, 2])
    drained()
    expect(await scaled).toEqual(
      [1, 2].map((slot) => ({
        slot,
        outcome: 'removed',
        oldPid: 100 + slot,
        newPid: null,
        readyMs: null,
        reason: null,
      })),
    )
    expect(numbers()).toEqual([0])
  })
})

test('as many slots as there are change nothing', async () => {
  const { events, numbers, scale } = cluster({ processes: 2 })
  expect(await scale(2)).toEqual([])
  expect(numbers()).toEqual([0, 1])
  expect(events).toEqual([])
})
