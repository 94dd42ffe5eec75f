import { expect, test } from 'vitest'
import {
  countedMetrics,
  primaryMetrics,
  reportedMetrics,
} from '../../../src/observability/metrics/metric-table.ts'
import type { Metric } from '../../../src/observability/metrics/metric-types.ts'

const all: Metric[] = [countedMetrics, reportedMetrics, primaryMetrics].flatMap((table) =>
  Object.values(table),
)

test('names are unique, and begin with offloop_', () => {
  const names = all.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  expect(names.filter((name) => !/^offloop_[a-z_]+$/.test(name))).toEqual([])
})

test.each(all)('$name is named and explained as its kind is', ({ name, help, type }) => {
  expect(name.endsWith('_total')).toBe(type === 'counter')
  expect(help).toMatch(/^[A-Z].*\.$/)
})

test('bounds of buckets ascend, none more than fivefold', () => {
  for (const metric of all) {
    if (metric.type !== 'histogram') continue
    const ratios = metric.buckets.slice(1).map((bound, at) => bound / (metric.buckets[at] ?? 0))
    expect(ratios.filter((ratio) => ratio <= 1 || ratio > 5)).toEqual([])
  }
})
