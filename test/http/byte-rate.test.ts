import { expect, test } from 'vitest'
import { ByteRate } from '../../src/http/byte-rate.ts'

const min = { bytesPerSecond: 100, windowMs: 5000 }
/** What it says at each second, for what had arrived by then. */
const verdicts = (received: number[], paused: number[] = []) => {
  const rate = new ByteRate(min, 0)
  return received.map((bytes, index) => rate.isTooSlow((index + 1) * 1000, bytes, paused.includes(index)))
}

test('gives every transfer one window of grace', () => {
  expect(verdicts([0, 0, 0, 0, 0])).toEqual([false, false, false, false, true])
})

test('leaves a transfer alone that is as fast as wanted, and no faster', () => {
  expect(verdicts(Array.from({ length: 20 }, (_, second) => (second + 1) * 100))).not.toContain(true)
  expect(verdicts([100, 200, 300, 400, 499])).toEqual([false, false, false, false, true])
})

test('looks at the last window alone: what came quickly before does not pay for it', () => {
  expect(verdicts([90_000, 90_000, 90_000, 90_000, 90_000, 90_000])).toEqual([
    false,
    false,
    false,
    false,
    false,
    true,
  ])
})

test('does not mind a pause within the window', () => {
  expect(verdicts([0, 0, 0, 0, 600, 600, 600, 600, 600, 600]).indexOf(true)).toBe(9)
})

test('begins a new window where nothing could move', () => {
  expect(verdicts([0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [3]).indexOf(true)).toBe(8)
})

test('begins a new window after the event loop stood still', () => {
  const rate = new ByteRate(min, 0)
  expect(rate.isTooSlow(7000, 0, false)).toBe(false)
  for (const now of [8000, 9000, 10_000, 11_000]) expect(rate.isTooSlow(now, 0, false)).toBe(false)
  expect(rate.isTooSlow(12_000, 0, false)).toBe(true)
})

test('does not count what had moved before', () => {
  const rate = new ByteRate(min, 0, 1_000_000)
  for (const now of [1000, 2000, 3000, 4000]) expect(rate.isTooSlow(now, 1_000_000, false)).toBe(false)
  expect(rate.isTooSlow(5000, 1_000_400, false)).toBe(true)
})
