import { closeSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openBoard } from '../../src/primary/open-board.ts'
import { MetricTotals } from '../../src/primary/metrics/metric-totals.ts'
import { Seats } from '../../src/primary/seats.ts'

test('a seat is taken by one at a time, the lowest free one first', () => {
  const { board, fd } = openBoard()
  const seats = new Seats(board, new MetricTotals())
  expect([seats.take(), seats.take(), seats.take()]).toEqual([0, 1, 2])
  seats.release(1)
  expect([seats.take(), seats.take()]).toEqual([1, 3])
  closeSync(fd)
})

test('what somebody left on a seat is not taken for the next one', () => {
  const { board, fd } = openBoard()
  const seats = new Seats(board, new MetricTotals())
  board.writeRun(seats.take(), 0, 'of the first')
  seats.release(0)
  expect(board.readRuns(seats.take())).toEqual([])
  closeSync(fd)
})
