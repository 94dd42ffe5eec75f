import { expect, test } from 'vitest'
import { decideRespawn, HEALTHY_MS } from '../../src/primary/respawn-policy.ts'

const NO_JITTER = 0

/** Delays of processes that die one after another, each after serving this long. */
function delays(deaths: number, servedMs: number): number[] {
  let failures = 0
  return Array.from({ length: deaths }, () => {
    const decision = decideRespawn(failures, servedMs, NO_JITTER)
    failures = decision.failures
    return decision.delayMs
  })
}

test('the first death of a process that served is replaced at once', () => {
  expect(decideRespawn(0, 5, NO_JITTER)).toEqual({ failures: 1, delayMs: 0, crashLoop: false })
})

test('a process that was never ready is not replaced at once', () => {
  expect(decideRespawn(0, 0, NO_JITTER)).toMatchObject({ delayMs: 100 })
})

test('deaths in a row are replaced later and later, up to half a minute', () => {
  expect(delays(12, 0)).toEqual([
    100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000, 30_000,
  ])
})

test('three deaths in a row are a crash loop', () => {
  expect([0, 1, 2].map((failures) => decideRespawn(failures, 0, NO_JITTER).crashLoop)).toEqual([
    false,
    false,
    true,
  ])
})

test('a healthy minute forgives everything', () => {
  expect(decideRespawn(10, HEALTHY_MS, NO_JITTER)).toEqual({ failures: 1, delayMs: 0, crashLoop: false })
})

test('time in service forgives bit by bit: a process killed every six seconds is always back at once', () => {
  expect(delays(20, HEALTHY_MS / 10)).toEqual(Array.from({ length: 20 }, () => 0))
})

test('jitter shortens a delay by up to a quarter', () => {
  expect(decideRespawn(4, 0, 1).delayMs).toBe(0.75 * decideRespawn(4, 0, 0).delayMs)
})
