import { expect, test } from 'vitest'
import { runFaultsInGoodTraffic } from '../support/faults-and-good-traffic.ts'

test('faults of all kinds in good traffic cost nobody else an answer, and leave nothing behind', async () => {
  const { faults } = await runFaultsInGoodTraffic({ count: 60, seed: 4 })
  expect(Object.keys(faults.caused).length).toBeGreaterThan(8)
}, 60_000)
