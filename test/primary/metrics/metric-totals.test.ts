import { expect, test } from 'vitest'
import { countedMetrics } from '../../../src/observability/metrics/metric-table.ts'
import { seriesName } from '../../../src/observability/metrics/series-name.ts'
import { MetricTotals } from '../../../src/primary/metrics/metric-totals.ts'

const { taskRetries } = countedMetrics
const retries = (task: string, count: number) => ({
  name: seriesName(taskRetries, [task]),
  cells: Float64Array.of(count),
})
const area = (...series: ReturnType<typeof retries>[]) => {
  let cleared = false
  return {
    read: () => (cleared ? [] : series),
    clear: () => {
      cleared = true
    },
  }
}
const totals = (of: MetricTotals) =>
  Object.fromEntries(
    (of.read().get(taskRetries) ?? []).map(({ labelValues, cells }) => [labelValues[0], cells[0]]),
  )

test('what the processes count is added up, series by series', () => {
  const all = new MetricTotals()
  all.open(0, area(retries('hash', 2), retries('thumb', 1)))
  all.open(1, area(retries('hash', 3)))
  expect(totals(all)).toEqual({ hash: 5, thumb: 1 })
})

test('what a process had counted stays when it ends, and the next one on its seat adds to it', () => {
  const all = new MetricTotals()
  all.open(0, area(retries('hash', 2)))
  all.close(0)
  expect(totals(all)).toEqual({ hash: 2 })
  all.open(0, area(retries('hash', 5)))
  expect(totals(all)).toEqual({ hash: 7 })
  all.close(0)
  all.close(0)
  expect(totals(all)).toEqual({ hash: 7 })
})

test('reading changes nothing', () => {
  const all = new MetricTotals()
  all.open(0, area(retries('hash', 1)))
  all.close(0)
  all.open(1, area(retries('hash', 1)))
  expect([totals(all), totals(all)]).toEqual([{ hash: 2 }, { hash: 2 }])
})

test('a series that this release does not know is left out', () => {
  const all = new MetricTotals()
  all.open(0, area({ name: '["offloop_future_total",1]', cells: Float64Array.of(1) }, retries('hash', 1)))
  expect(all.read().size).toBe(1)
})
