import { expect, test } from 'vitest'
import { inBatches } from '../../src/primary/in-batches.ts'

test('works on so many items at a time and keeps their order', async () => {
  let atOnce = 0
  let most = 0
  const results = await inBatches([1, 2, 3, 4, 5], 2, async (item) => {
    atOnce += 1
    most = Math.max(most, atOnce)
    await Promise.resolve()
    atOnce -= 1
    return item * 10
  })
  expect(results).toEqual([10, 20, 30, 40, 50])
  expect(most).toBe(2)
})
