import { describe, expect, test } from 'vitest'
import {
  afterRun,
  mayRecycle,
  recycleReason,
  type ThreadUse,
  UNUSED,
} from '../../src/scheduler/thread-recycle-policy.ts'

const limits = (settings: Partial<Parameters<typeof recycleReason>[1]>) => ({
  threadMaxRuns: 0,
  threadRecycleBytes: 0,
  ...settings,
})

/** A thread that held so much after each of its runs, in each of which the whole heap was collected. */
function usedBy(keptBytes: readonly number[], settings: ReturnType<typeof limits>): ThreadUse {
  return keptBytes.reduce(
    (use, bytes, index) =>
      afterRun(use, { keptBytes: bytes, loadedTasks: 3, heapCollections: index }, settings),
    UNUSED,
  )
}

const times = (count: number, bytes: number) => Array.from({ length: count }, () => bytes)

describe('a thread is to be replaced', () => {
  const reason = (keptBytes: readonly number[], settings: ReturnType<typeof limits>) =>
    recycleReason(usedBy(keptBytes, settings), settings)

  test('after so many runs', () => {
    expect(reason(times(2, 1), limits({ threadMaxRuns: 3 }))).toBeUndefined()
    expect(reason(times(3, 1), limits({ threadMaxRuns: 3 }))).toBe('max-runs')
  })

  test('when it has held too much after each of ten runs in a row', () => {
    const mark = limits({ threadRecycleBytes: 100 })
    expect(reason([10, ...times(9, 111)], mark)).toBeUndefined()
    expect(reason([10, ...times(10, 111)], mark)).toBe('memory')
    expect(reason([10, ...times(10, 110)], mark)).toBeUndefined()
  })

  test('not for what was collected in between', () => {
    const mark = limits({ threadRecycleBytes: 100 })
    expect(reason([10, ...times(9, 500), 20, ...times(9, 500)], mark)).toBeUndefined()
  })

  test('not before the whole heap was collected: all of it may be garbage', () => {
    const mark = limits({ threadRecycleBytes: 100 })
    const next = (use: ThreadUse, keptBytes: number, heapCollections: number) =>
      afterRun(use, { keptBytes, loadedTasks: 3, heapCollections }, mark)
    const waiting = times(50, 500).reduce((use, bytes) => next(use, bytes, 1), next(UNUSED, 10, 0))
    expect(recycleReason(waiting, mark)).toBeUndefined()
    expect(recycleReason(next(waiting, 500, 2), mark)).toBe('memory')
    expect(recycleReason(next(waiting, 20, 2), mark)).toBeUndefined()
  })

  test('not for what it has held from the beginning', () => {
    expect(reason(times(50, 500), limits({ threadRecycleBytes: 100 }))).toBeUndefined()
  })

  test('not for what a task holds that it has loaded since', () => {
    const mark = limits({ threadRecycleBytes: 100 })
    const small = usedBy(times(5, 10), mark)
    const withModel = times(50, 500).reduce(
      (use, keptBytes, index) => afterRun(use, { keptBytes, loadedTasks: 4, heapCollections: index }, mark),
      small,
    )
    expect(recycleReason(withModel, mark)).toBeUndefined()
    const leaking = times(10, 601).reduce(
      (use, keptBytes, index) => afterRun(use, { keptBytes, loadedTasks: 4, heapCollections: index }, mark),
      withModel,
    )
    expect(recycleReason(leaking, mark)).toBe('memory')
  })

  test('never where there is no limit', () => {
    expect(reason([1, ...times(50, 1e12)], limits({}))).toBeUndefined()
  })
})

describe('the moment to replace a thread that is due', () => {
  const facts = { size: 2, free: 2, allUp: true, dueMs: 0, nobodyWaits: true }

  test('is when nobody waits and another thread is free', () => {
    expect(mayRecycle(facts)).toBe(true)
    expect(mayRecycle({ ...facts, free: 1 })).toBe(false)
    expect(mayRecycle({ ...facts, nobodyWaits: false })).toBe(false)
  })

  test('does not need another thread where there is none', () => {
    expect(mayRecycle({ ...facts, size: 1, free: 1 })).toBe(true)
  })

  test('comes in any case once it has been due for long', () => {
    const busy = { ...facts, free: 1, nobodyWaits: false }
    expect(mayRecycle({ ...busy, dueMs: 4999 })).toBe(false)
    expect(mayRecycle({ ...busy, dueMs: 5000 })).toBe(true)
  })

  test('is never while another one ends or starts', () => {
    expect(mayRecycle({ ...facts, allUp: false, dueMs: 60_000 })).toBe(false)
  })
})
