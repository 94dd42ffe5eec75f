import { closeSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openBoard } from '../../src/primary/open-board.ts'
import type { ClusterBoard } from '../../src/protocol/cluster-board.ts'

let board: ClusterBoard
let fd: number
beforeEach(() => {
  const opened = openBoard()
  board = opened.board
  fd = opened.fd
})
afterEach(() => closeSync(fd))

describe('load figures', () => {
  test('are seen by all, and not where nobody has written any', () => {
    board.writeLoad(0, { pid: 11, freeThreads: 2, queued: 0 })
    board.writeLoad(3, { pid: 33, freeThreads: 0, queued: 7 })
    expect(board.readLoads()).toEqual([
      { pid: 11, freeThreads: 2, queued: 0 },
      { pid: 33, freeThreads: 0, queued: 7 },
    ])
  })

  test('are gone once they are taken back', () => {
    board.writeLoad(1, { pid: 11, freeThreads: 2, queued: 0 })
    board.writeLoad(1, undefined)
    expect(board.readLoads()).toEqual([])
  })
})

describe('runs', () => {
  test('stand on the board until they are over', () => {
    board.writeRun(2, 0, 'one')
    board.writeRun(2, 1, 'two')
    expect(board.readRuns(2)).toEqual(['one', 'two'])
    board.clearRun(2, 0)
    expect(board.readRuns(2)).toEqual(['two'])
  })

  test('are those of one process alone', () => {
    board.writeRun(2, 127, 'last')
    board.writeRun(3, 0, 'first of the next')
    expect(board.readRuns(2)).toEqual(['last'])
  })

  test('are cut off where they are too long, between characters', () => {
    board.writeRun(0, 0, 'é'.repeat(400))
    expect(board.readRuns(0)).toEqual(['é'.repeat(255)])
  })
})

test('a seat that is cleared shows nothing', () => {
  board.writeLoad(5, { pid: 5, freeThreads: 1, queued: 1 })
  board.writeRun(5, 3, 'left behind')
  board.clearSeat(5)
  expect(board.readLoads()).toEqual([])
  expect(board.readRuns(5)).toEqual([])
})
