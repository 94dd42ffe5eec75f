import { expect, test } from 'vitest'
import { ThreadChoice } from '../../src/scheduler/thread-choice.ts'

const idle = (id: number) => ({ id, currentUsage: 0 })
const busy = (id: number) => ({ id, currentUsage: Number.POSITIVE_INFINITY })

test('a run goes to the oldest thread that is idle, and which one that is is known', () => {
  const choice = new ThreadChoice()
  const told: number[] = []
  choice.onChosen = (id) => told.push(id)
  expect(choice.choose([busy(1), idle(2), idle(3)])).toEqual(idle(2))
  expect(choice.chosen).toBe(2)
  expect(told).toEqual([2])
})

test('a thread that retires gets no run', () => {
  const choice = new ThreadChoice()
  choice.retiring.add(1)
  expect(choice.choose([idle(1), idle(2)])).toEqual(idle(2))
  expect(choice.choose([idle(1)])).toBeNull()
  expect(choice.chosen).toBe(0)
})
