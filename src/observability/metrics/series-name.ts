import { crc32 } from 'node:zlib'
import { countedMetrics } from './metric-table.ts'
import { type Counter, cellsOf, type Histogram } from './metric-types.ts'

export interface Series {
  readonly metric: Counter | Histogram
  readonly labelValues: readonly string[]
}

/**
 * A series as one line of text, for a reader that may be of another release: after a reload the processes are
 * new and the primary is not.
 */
export function seriesName(metric: Counter | Histogram, labelValues: readonly string[]): string {
  return JSON.stringify([metric.name, shapeOf(metric), ...labelValues])
}

/** What a name means; undefined where it means nothing here, or something else. */
export function parseSeriesName(name: string, cells: number): Series | undefined {
  const [metricName, shape, ...labelValues] = parse(name)
  const metric = byName.get(metricName)
  if (metric === undefined || shape !== shapeOf(metric) || cells !== cellsOf(metric)) return undefined
  return { metric, labelValues: labelValues.map(String) }
}

const byName = new Map<unknown, Counter | Histogram>(
  Object.values(countedMetrics).map((metric) => [metric.name, metric]),
)

/** Changes with what the cells and the labels of a metric mean. */
function shapeOf(metric: Counter | Histogram): number {
  const known = shapes.get(metric)
  if (known !== undefined) return known
  const shape = crc32(
    JSON.stringify([metric.type, metric.labels, metric.type === 'histogram' && metric.buckets]),
  )
  shapes.set(metric, shape)
  return shape
}

const shapes = new WeakMap<Counter | Histogram, number>()

/** Nothing for what a task has scribbled over. */
function parse(name: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(name)
    return Array.isArray(parts) ? parts : []
  } catch {
    return []
  }
}
