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

test('an answer always fits in, and what comes after it does not', () => {
  const budget = new MemoryBudget(100)
  const release = budget.holdAnswer('reader', 150)
  expect(budget.usedBytes).toBe(150)
  expect(budget.lease().grow(1)).toBe(false)
  expect(budget.refusalOf('another')).toMatchObject({ code: 'QUEUE_FULL', status: 503 })
  release()
  expect(budget.usedBytes).toBe(0)
  expect(budget.refusalOf('another', 100)).toBeUndefined()
})

test('a client whose answers hold half of it gets no more, others do', () => {
  const budget = new MemoryBudget(100)
  const releases = [budget.holdAnswer('hostile', 30), budget.holdAnswer('hostile', 20)]
  expect(budget.refusalOf('hostile')?.message).toContain('50 bytes of answers still to read, and may have 50')
  expect(budget.refusalOf('good')).toBeUndefined()
  expect(budget.refusalOf('good', 51)?.message).toContain('50 bytes of other requests wait')
  releases[0]?.()
  expect(budget.refusalOf('hostile')).toBeUndefined()
})
