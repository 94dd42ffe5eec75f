import { AggregatorRegistry, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { countedMetrics, reportedMetrics } from '../../../src/observability/metrics/metric-table.ts'
import { SIZE, seriesOf, valuesIn } from './fill.ts'

/**
 * A scrape as prom-client's cluster registry answers it, of the same series: each process has sent its metrics as
 * JSON, which the primary parses, adds up and prints. Without the time in which it waits for them.
 */
export async function promClientWay(): Promise<() => Promise<string>> {
  const messages: string[] = []
  for (let slot = 0; slot < SIZE.processes; slot++) {
    messages.push(JSON.stringify(await filled(String(slot)).getMetricsAsJSON()))
  }
  return () => {
    const parsed = messages.map((message) => JSON.parse(message) as object)
    return AggregatorRegistry.aggregate(parsed).metrics()
  }
}

function filled(slot: string): Registry {
  const registry = new Registry()
  const registers = [registry]
  const histograms = new Map<string, Histogram>()
  const counters = new Map<string, Counter>()
  for (const { name, help, type, labels, ...rest } of Object.values(countedMetrics)) {
    const options = { name, help, labelNames: [...labels], registers }
    if (type === 'counter') counters.set(name, new Counter(options))
    else if ('buckets' in rest)
      histograms.set(name, new Histogram({ ...options, buckets: [...rest.buckets] }))
  }
  for (const { metric, labels } of seriesOf(slot)) {
    if (metric.type === 'counter')
      counters
        .get(metric.name)
        ?.labels(...labels)
        .inc(1.5)
    else
      for (const value of valuesIn(metric))
        histograms
          .get(metric.name)
          ?.labels(...labels)
          .observe(value)
  }
  for (const { name, help, labels } of Object.values(reportedMetrics)) {
    new Gauge({ name, help, labelNames: [...labels], registers })
      .labels(slot, ...labels.slice(1).map(() => '0'))
      .set(1)
  }
  return registry
}
