import { beforeEach, expect, test, vi } from 'vitest'
import { SharingCounter } from '../../../src/http/sharing/sharing-counter.ts'
import { SiblingProcesses } from '../../../src/http/sharing/sibling-processes.ts'
import { Meters } from '../../../src/observability/metrics/meters.ts'
import type { ClusterBoard, LoadFigures } from '../../../src/protocol/cluster-board.ts'

/*
 * What a process tells its siblings of itself and reads of them, on a board that only remembers.
 */
const OTHER = { pid: 4711, freeThreads: 1, queued: 0 }

let now = 0
let written: (LoadFigures | undefined)[]
let reads: number
let siblings: SiblingProcesses
beforeEach(() => {
  now = 1000
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  written = []
  reads = 0
  const board = {
    writeLoad: (_seat: number, figures: LoadFigures | undefined) => written.push(figures),
    readLoads: () => {
      reads += 1
      return [OTHER]
    },
  } as unknown as ClusterBoard
  const counter = new SharingCounter(new Meters(undefined))
  siblings = new SiblingProcesses({ board, seat: 0, key: '', counter })
  return () => vi.restoreAllMocks()
})

const own = (freeThreads: number, queued: number) => ({ pid: process.pid, freeThreads, queued })

test('nobody sees a process before it joins, or after it has left', () => {
  siblings.announce({ freeThreads: 2, queued: 0 })
  expect(written).toEqual([])
  siblings.join()
  siblings.leave()
  siblings.announce({ freeThreads: 1, queued: 0 })
  expect(written).toEqual([own(2, 0), undefined])
})

test('a thread that is taken or becomes free is seen at once', () => {
  siblings.join()
  siblings.announce({ freeThreads: 2, queued: 0 })
  siblings.announce({ freeThreads: 1, queued: 0 })
  siblings.announce({ freeThreads: 1, queued: 0 })
  siblings.announce({ freeThreads: 2, queued: 0 })
  expect(written).toEqual([own(0, 0), own(2, 0), own(1, 0), own(2, 0)])
})

test('how many wait is written every 2 ms at most, and with whatever else is', () => {
  siblings.join()
  for (const queued of [1, 2, 3]) siblings.announce({ freeThreads: 0, queued })
  expect(written).toEqual([own(0, 0)])
  now += 3
  siblings.announce({ freeThreads: 0, queued: 4 })
  siblings.announce({ freeThreads: 0, queued: 5 })
  siblings.announce({ freeThreads: 1, queued: 6 })
  expect(written).toEqual([own(0, 0), own(0, 4), own(1, 6)])
})

test('what siblings say is read anew when it is older than half a millisecond', () => {
  expect([siblings.freeThreads(), siblings.freeThreads()]).toEqual([1, 1])
  expect(reads).toBe(1)
  now += 1
  expect(siblings.freeThreads()).toBe(1)
  expect(reads).toBe(2)
})
