import { expect, test } from 'vitest'
import { threadsLeft } from '../../../src/http/sharing/sharing-turn-policy.ts'

const own = (queued: number) => ({ pid: 50, freeThreads: 0, queued })
const sibling = (pid: number, freeThreads: number, queued = 0) => ({ pid, freeThreads, queued })

test('all free threads are there for the only one who needs them', () => {
  expect(threadsLeft(own(0), [sibling(1, 2), sibling(2, 1)])).toBe(3)
  expect(threadsLeft(own(0), [sibling(1, 0), sibling(2, 0)])).toBe(0)
  expect(threadsLeft(own(0), [])).toBe(0)
})

test('a thread is for the longest queue', () => {
  expect(threadsLeft(own(2), [sibling(1, 1), sibling(2, 0, 3)])).toBe(0)
  expect(threadsLeft(own(4), [sibling(1, 1), sibling(2, 0, 3)])).toBe(1)
})

test('two threads are for the two longest queues', () => {
  expect(threadsLeft(own(2), [sibling(1, 2), sibling(2, 0, 3)])).toBe(1)
  expect(threadsLeft(own(1), [sibling(1, 2), sibling(2, 0, 3), sibling(3, 0, 2)])).toBe(0)
})

test('of equal queues one goes first, and all agree which', () => {
  expect(threadsLeft(own(2), [sibling(1, 1), sibling(49, 0, 2)])).toBe(0)
  expect(threadsLeft(own(2), [sibling(1, 1), sibling(51, 0, 2)])).toBe(1)
})

test('threads that were asked for and have not begun do not make others seem fewer', () => {
  expect(threadsLeft(own(0), [sibling(1, -1), sibling(2, 2)])).toBe(2)
})
