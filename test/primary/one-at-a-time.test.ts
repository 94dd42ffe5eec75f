import { expect, test } from 'vitest'
import { OneAtATime } from '../../src/primary/one-at-a-time.ts'

test('work is done in the order in which it was asked for, never two at once', async () => {
  const operations = new OneAtATime<'first' | 'second'>()
  const gate = Promise.withResolvers<void>()
  const begun: string[] = []
  const first = operations.run('first', async () => {
    begun.push('first')
    await gate.promise
    return 1
  })
  const second = operations.run('second', async () => {
    begun.push('second')
    expect(operations.running).toBe('second')
    return 2
  })
  await Promise.resolve()
  expect(begun).toEqual(['first'])
  expect(operations.running).toBe('first')
  gate.resolve()
  expect(await Promise.all([first, second])).toEqual([1, 2])
  expect(begun).toEqual(['first', 'second'])
})

test('it is idle only while nothing runs or waits, and says so from the call on', async () => {
  const operations = new OneAtATime<'work'>()
  expect(operations.idle).toBe(true)
  const work = operations.run('work', async () => {})
  expect(operations.idle).toBe(false)
  await work
  expect(operations.idle).toBe(true)
  expect(operations.running).toBeNull()
})

test('work that fails tells its caller, and what waits has its turn', async () => {
  const operations = new OneAtATime<'bad' | 'good'>()
  const bad = operations.run('bad', () => Promise.reject(new Error('broken')))
  const throwing = operations.run('bad', () => {
    throw new Error('broken before it began')
  })
  const good = operations.run('good', async () => 'done')
  await expect(bad).rejects.toThrow('broken')
  await expect(throwing).rejects.toThrow('broken before it began')
  expect(await good).toBe('done')
  expect(operations.idle).toBe(true)
})
