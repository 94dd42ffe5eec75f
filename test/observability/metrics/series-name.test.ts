import { expect, test } from 'vitest'
import { countedMetrics } from '../../../src/observability/metrics/metric-table.ts'
import { cellsOf, histogram } from '../../../src/observability/metrics/metric-types.ts'
import { parseSeriesName, seriesName } from '../../../src/observability/metrics/series-name.ts'

const { taskRun, threadRestarts } = countedMetrics

test('a name says which metric and which labels it means', () => {
  const labels = ['a "task"\nwith\\everything', 'ok']
  expect(parseSeriesName(seriesName(taskRun, labels), cellsOf(taskRun))).toEqual({
    metric: taskRun,
    labelValues: labels,
  })
})

test.each([
  ['of a metric that is not known', '["offloop_future_total",1,"x"]', 1],
  ['of another release with other buckets', otherBuckets(), cellsOf(taskRun)],
  ['with another number of cells', seriesName(threadRestarts, ['0', 'crash']), 2],
  ['that is no JSON', '["offl', 1],
  ['that is no list', '{}', 1],
])('a name %s means nothing', (_, name, cells) => {
  expect(parseSeriesName(name, cells)).toBeUndefined()
})

function otherBuckets(): string {
  const buckets = taskRun.buckets.map((bound) => bound * 2)
  return seriesName(histogram({ ...taskRun, buckets }), ['hash', 'ok'])
}
