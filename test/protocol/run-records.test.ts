import { closeSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openBoard } from '../../src/primary/open-board.ts'
import type { ClusterBoard } from '../../src/protocol/cluster-board.ts'
import { ownRunRecords, RunRecords } from '../../src/protocol/run-records.ts'

let board: ClusterBoard
let fd: number
beforeEach(() => {
  ;({ board, fd } = openBoard())
})
afterEach(() => closeSync(fd))

const record = (digit: string, members = {}) => ({
  fingerprint: digit.repeat(32),
  task: 'process-image',
  requestId: `request-${digit}`,
  ...members,
})

test('what is under way can be read, and what is over is gone', () => {
  const records = new RunRecords(board, 3)
  records.write(0, record('a'))
  records.write(1, record('b'))
  expect(records.read()).toEqual([record('a'), record('b')])
  records.clear(0)
  expect(records.read()).toEqual([record('b')])
  expect(new RunRecords(board, 2).read()).toEqual([])
})

test('with the longest name of a task, the id of the request is what is cut off', () => {
  const records = new RunRecords(board, 0)
  const long = record('c', { task: 'x'.repeat(255), requestId: 'y'.repeat(300) })
  records.write(0, long)
  expect(records.read()).toEqual([{ ...long, requestId: 'y'.repeat(510 - 32 - 255 - 2) }])
})

test('what is no record is passed over', () => {
  const records = new RunRecords(board, 0)
  board.writeRun(0, 0, 'scribble')
  records.write(1, record('d'))
  expect(records.read()).toEqual([record('d')])
})

test('a process without a seat keeps none', () => {
  expect(ownRunRecords(undefined)).toBeUndefined()
})
