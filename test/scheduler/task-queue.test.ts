import { expect, test } from 'vitest'
import { TaskQueue } from '../../src/scheduler/task-queue.ts'

test('gives back entries in the order in which they came', () => {
  const queue = new TaskQueue<string>(3)
  for (const entry of ['a', 'b', 'c']) queue.push(entry)
  expect([queue.shift(), queue.shift(), queue.shift(), queue.shift()]).toEqual(['a', 'b', 'c', undefined])
})

test('refuses an entry at its limit and takes one again below it', () => {
  const queue = new TaskQueue<string>(1)
  expect(queue.push('a')).toBe(true)
  expect(queue.saturated).toBe(true)
  expect(queue.push('b')).toBe(false)
  queue.shift()
  expect(queue.push('c')).toBe(true)
})

test('an entry that is taken out is not given back, and leaves its place', () => {
  const queue = new TaskQueue<string>(2)
  queue.push('a')
  queue.push('b')
  expect(queue.remove('a')).toBe(true)
  expect(queue.remove('a')).toBe(false)
  expect(queue.push('c')).toBe(true)
  expect([queue.shift(), queue.shift()]).toEqual(['b', 'c'])
})

test('a limit of 0 lets nothing wait', () => {
  expect(new TaskQueue(0).push('a')).toBe(false)
})
