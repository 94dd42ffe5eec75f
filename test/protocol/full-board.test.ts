import { closeSync, openSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MetricTotals } from '../../src/primary/metrics/metric-totals.ts'
import { Seats } from '../../src/primary/seats.ts'
import { ClusterBoard } from '../../src/protocol/cluster-board.ts'
import { LoopNotes } from '../../src/protocol/loop-notes.ts'
import { MetricArea } from '../../src/protocol/metric-area.ts'

/** Reads as zeros, as a file with nothing but holes does, and has no room for anything. */
const FULL = '/dev/full'

let fd: number
beforeEach(() => {
  fd = openSync(FULL, 'r+')
})
afterEach(() => closeSync(fd))

test('a process takes a seat, runs tasks and leaves it where there is no memory for the board', () => {
  const board = new ClusterBoard(fd)
  const seats = new Seats(board, new MetricTotals())
  const seat = seats.take()
  board.writeLoad(seat, { pid: 1, freeThreads: 1, queued: 0 })
  board.writeRun(seat, 0, 'a run')
  board.clearRun(seat, 0)
  seats.release(seat)
  expect(seats.take()).toBe(seat)
  expect([board.readLoads(), board.readRuns(seat)]).toEqual([[], []])
})

test('a sentinel that cannot note anything goes on, and who cannot ask is told', () => {
  const notes = new LoopNotes(fd, 0)
  notes.writeStall({ since: 1, where: 'a.ts' })
  notes.writeStall(undefined)
  notes.answer(1, '{}')
  expect(notes.ask()).toBeUndefined()
})

test('a series that cannot be written is not counted, and whoever counts learns why', () => {
  expect(() => new MetricArea(fd, 0).add('a', 1)).toThrow('ENOSPC')
})
