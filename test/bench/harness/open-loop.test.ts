import { expect, test } from 'vitest'
import { openLoop } from '../../../bench/harness/open-loop.ts'

const LOOP = { perSecond: 2000, seed: 1, warmUpSeconds: 0.01, seconds: 0.02 }

test('what is sent does not wait for what was sent before', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  let under = 0
  const ended = openLoop(LOOP, () => {
    under += 1
    if (under === 20) resolve()
    return promise
  })
  await ended
  expect(under).toBeGreaterThanOrEqual(20)
})

test('each request is due within the time of the load, in order, and some in the warm-up', async () => {
  const times = await openLoop(LOOP, (due, countsFrom) => Promise.resolve(due - countsFrom))
  expect(times.toSorted((a, b) => a - b)).toEqual(times)
  expect(times[0]).toBeLessThan(0)
  expect(times.at(-1)).toBeLessThan(20)
})
