import { closeSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openBoard } from '../../src/primary/open-board.ts'
import { MOST_SEATS } from '../../src/protocol/cluster-board.ts'
import { LoopNotes } from '../../src/protocol/loop-notes.ts'

let opened: ReturnType<typeof openBoard>
beforeEach(() => {
  opened = openBoard()
})
afterEach(() => closeSync(opened.fd))

test('a question is answered under its number', () => {
  const [primary, sentinel] = [new LoopNotes(opened.fd, 3), new LoopNotes(opened.fd, 3)]
  expect(sentinel.question).toBe(0)
  const question = primary.ask() ?? 0
  expect(sentinel.question).toBe(question)
  expect(primary.answerTo(question)).toBeUndefined()
  sentinel.answer(question, '{"where":"a – b"}')
  expect(primary.answerTo(question)).toBe('{"where":"a – b"}')
  expect(primary.answerTo(primary.ask() ?? 0)).toBeUndefined()
})

test('the stall under way is there until it is taken back', () => {
  const notes = new LoopNotes(opened.fd, MOST_SEATS - 1)
  expect(notes.readStall()).toBeUndefined()
  notes.writeStall({ since: 5, where: undefined })
  expect(notes.readStall()).toEqual({ since: 5, where: undefined })
  notes.writeStall({ since: 5, where: 'spin (a.ts:1:1)' })
  expect(notes.readStall()).toEqual({ since: 5, where: 'spin (a.ts:1:1)' })
  notes.writeStall(undefined)
  expect(notes.readStall()).toBeUndefined()
})

test('a seat that is given to somebody else is empty, its neighbours are not', () => {
  const [left, seat] = [new LoopNotes(opened.fd, 0), new LoopNotes(opened.fd, 1)]
  for (const notes of [left, seat]) {
    notes.writeStall({ since: 1, where: 'a' })
    notes.answer(notes.ask() ?? 0, 'x'.repeat(20_000))
  }
  opened.board.clearSeat(1)
  expect(seat.readStall()).toBeUndefined()
  expect(seat.question).toBe(0)
  expect(seat.answerTo(1)).toBeUndefined()
  expect(left.readStall()).toEqual({ since: 1, where: 'a' })
  expect(left.answerTo(1)).toHaveLength(20_000)
})
