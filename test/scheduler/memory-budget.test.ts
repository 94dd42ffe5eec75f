import { expect, test } from 'vitest'
import { MemoryBudget } from '../../src/scheduler/memory-budget.ts'

test('requests share what there is, and what one gives back another can have', () => {
  const budget = new MemoryBudget(100)
  const [one, other] = [budget.lease(), budget.lease()]
  expect(one.grow(60)).toBe(true)
  expect(other.grow(50)).toBe(false)
  expect(other.grow(40)).toBe(true)
  expect(budget.hasRoomFor(1)).toBe(false)
  one.release()
  one.release()
  expect(budget.usedBytes).toBe(40)
  expect(budget.hasRoomFor(60)).toBe(true)
})

test('a lease that was released takes nothing more', () => {
  const budget = new MemoryBudget(100)
  const lease = budget.lease()
  lease.release()
  expect(lease.grow(1)).toBe(false)
  expect(budget.usedBytes).toBe(0)
})
