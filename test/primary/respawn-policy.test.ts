import { expect, test } from 'vitest'
import { decideRespawn, HEALTHY_MS } from '../../src/primary/respawn-policy.ts'

test('the first death is replaced at once', () => {
  expect(decideRespawn(0, 5)).toEqual({ failures: 1, delayMs: 0 })
})

test('deaths in a row are replaced later and later, up to half a minute', () => {
  const delays = Array.from({ length: 12 }, (_, failures) => decideRespawn(failures, 5).delayMs)
  expect(delays).toEqual([0, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000, 30_000])
})

test('a healthy minute wipes out what was before', () => {
  expect(decideRespawn(9, HEALTHY_MS)).toEqual({ failures: 1, delayMs: 0 })
})
