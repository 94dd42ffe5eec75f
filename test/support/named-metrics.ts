import {
  countedMetrics,
  primaryMetrics,
  reportedMetrics,
} from '../../src/observability/metrics/metric-table.ts'
import type { Metric } from '../../src/observability/metrics/metric-types.ts'

export const allMetrics: readonly Metric[] = [countedMetrics, reportedMetrics, primaryMetrics].flatMap(
  (table) => Object.values(table),
)

/** Names of series as Prometheus has them. */
export function seriesNamesOf({ name, type }: Metric): string[] {
  return type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name]
}

/** Names of metrics in the text of rules or queries that are in none of the tables. */
export function unknownMetrics(text: string): string[] {
  const known = new Set(allMetrics.flatMap(seriesNamesOf))
  // What follows a colon, or is followed by one, is of a recording rule.
  const named = text.matchAll(/(?<![:\w])offloop_[a-z_]+(?![:\w])/g)
  return [...new Set([...named].map(([name]) => name))].filter((name) => !known.has(name))
}
