import { type Metric as PromMetric, Registry } from 'prom-client'
import type {
  Counter,
  Gauge,
  Histogram,
  LabelValues,
  Metric,
} from '../../observability/metrics/metric-types.ts'
import type { ContentType } from './content-type.ts'

/** A metric with all that is to be printed of it. */
export interface Family {
  readonly metric: Metric
  readonly lines: readonly Line[]
}

/** What a histogram has in one series. */
export interface Distribution {
  readonly labels: readonly string[]
  /** How many fell into each bucket, the one above the last bound included, and then the sum of all values. */
  readonly cells: Float64Array
  readonly exemplarOf: (bucket: number) => Exemplar | undefined
}

/** A value that stands for others of its bucket. */
export interface Exemplar {
  readonly traceId: string
  readonly value: number
  /** Seconds since 1970. */
  readonly at: number
}

/**
 * Prints metrics as Prometheus reads them. prom-client does that, and is given what its own metrics would have
 * told it of themselves: those cannot be filled with what other processes have counted.
 *
 * @param contentType OpenMetrics alone has exemplars
 */
export async function print(families: readonly Family[], contentType: ContentType): Promise<string> {
  const registry = new Registry<ContentType>()
  registry.setContentType(contentType)
  for (const { metric, lines } of families) {
    const { name, help, type } = metric
    const printed = { name, help, type, values: lines, get: () => printed }
    registry.registerMetric(printed as unknown as PromMetric)
  }
  return registry.metrics()
}

/** @param samples pairs of the labels' values and the value; one that is not known is left out */
export function plain<Labels extends readonly string[]>(
  metric: Counter<Labels> | Gauge<Labels>,
  samples: Iterable<readonly [labels: LabelValues<Labels>, value: number | null]>,
): Family {
  const lines = [...samples].flatMap(([labels, value]) =>
    value === null ? [] : [{ labels: named(metric, labels), value }],
  )
  return { metric, lines }
}

export function distributions(metric: Histogram, series: readonly Distribution[]): Family {
  return { metric, lines: series.flatMap((each) => distributionLines(metric, each)) }
}

/** One line, as prom-client has it. */
interface Line {
  readonly labels: Readonly<Record<string, string | number>>
  /** The same object for all lines of a series, so that it is turned into text once. */
  readonly sharedLabels?: Readonly<Record<string, string>>
  readonly value: number
  readonly metricName?: string
  readonly exemplar?: object
}

function distributionLines(metric: Histogram, { labels, cells, exemplarOf }: Distribution): Line[] {
  const sharedLabels = named(metric, labels)
  const bounds = [...metric.buckets, '+Inf']
  let count = 0
  const buckets = bounds.map((le, bucket): Line => {
    count += cells[bucket] ?? 0
    const exemplar = exemplarOf(bucket)
    return {
      labels: { le },
      sharedLabels,
      value: count,
      metricName: `${metric.name}_bucket`,
      ...(exemplar && { exemplar: printable(exemplar) }),
    }
  })
  const sum = cells[bounds.length] ?? 0
  return [
    ...buckets,
    { labels: {}, sharedLabels, value: sum, metricName: `${metric.name}_sum` },
    { labels: {}, sharedLabels, value: count, metricName: `${metric.name}_count` },
  ]
}

function printable({ traceId, value, at }: Exemplar): object {
  return { labelSet: { trace_id: traceId }, value, timestamp: at }
}

function named({ labels }: Metric, values: readonly string[]): Record<string, string> {
  return Object.fromEntries(labels.map((label, at) => [label, values[at] ?? '']))
}
