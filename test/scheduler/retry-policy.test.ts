import { expect, test } from 'vitest'
import { RetryBudget, retryDelayMs } from '../../src/scheduler/retry-policy.ts'

test('the pause is random up to a bound that doubles, and no longer than the longest', () => {
  const rules = { baseDelayMs: 50, maxDelayMs: 150 }
  expect([0, 1, 2, 3].map((attempt) => retryDelayMs(rules, attempt, 1))).toEqual([50, 100, 150, 150])
  expect(retryDelayMs(rules, 3, 0)).toBe(0)
  expect(retryDelayMs(rules, 1, 0.5)).toBe(50)
})

test('single failures are tried again; in an outage nothing is, until enough runs have succeeded', () => {
  const budget = new RetryBudget()
  const outage = Array.from({ length: 20 }, () => budget.recordFailure())
  expect(outage.slice(0, 4)).toEqual([true, true, true, true])
  expect(outage.slice(4)).not.toContain(true)
  for (let success = 0; success < 65; success++) budget.recordSuccess()
  expect(budget.recordFailure()).toBe(true)
})
