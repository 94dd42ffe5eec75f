import { expect, test } from 'vitest'
import { RandomIds } from '../../src/observability/random-ids.ts'

test('ids have the form that the specification wants, and none comes twice', () => {
  const ids = new RandomIds()
  // More than the pool holds at once.
  const made = Array.from({ length: 2000 }, () => [ids.traceId(), ids.spanId()]).flat()
  expect(made.filter((id) => /^[\da-f]{32}$/.test(id))).toHaveLength(2000)
  expect(made.filter((id) => /^[\da-f]{16}$/.test(id))).toHaveLength(2000)
  expect(new Set(made.map((id) => id.slice(0, 16))).size).toBe(4000)
})
