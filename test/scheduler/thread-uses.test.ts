import { expect, test } from 'vitest'
import { ThreadUses } from '../../src/scheduler/thread-uses.ts'

const holding = (keptBytes: number, heapCollections = 0) => ({ keptBytes, loadedTasks: 3, heapCollections })

test('the thread that has been due for longest comes first', () => {
  const uses = new ThreadUses({ threadMaxRuns: 2, threadRecycleBytes: 0 })
  for (const [id, now] of [
    [7, 1],
    [8, 2],
    [8, 3],
    [7, 4],
    [8, 5],
  ] as const) {
    uses.recordRun(id, holding(1000), now)
  }
  expect(uses.due().map(({ id, since }) => [id, since])).toEqual([
    [8, 3],
    [7, 4],
  ])
  expect(uses.of(8)).toMatchObject({ runs: 3, keptBytes: 1000 })
})

test('a thread whose memory falls is no longer due', () => {
  const uses = new ThreadUses({ threadMaxRuns: 0, threadRecycleBytes: 100 })
  uses.recordRun(7, holding(10), 0)
  for (let run = 0; run < 10; run++) uses.recordRun(7, holding(500, run), run)
  expect(uses.due()).toMatchObject([{ id: 7, reason: 'memory' }])
  uses.recordRun(7, holding(50, 10), 11)
  expect(uses.due()).toEqual([])
})

test('a thread that has ended is forgotten', () => {
  const uses = new ThreadUses({ threadMaxRuns: 1, threadRecycleBytes: 0 })
  uses.recordRun(7, holding(1000), 0)
  uses.forget(7)
  expect(uses.due()).toEqual([])
  expect(uses.of(7).runs).toBe(0)
})
