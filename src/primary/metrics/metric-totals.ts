import type { Counter, Histogram } from '../../observability/metrics/metric-types.ts'
import { parseSeriesName, type Series } from '../../observability/metrics/series-name.ts'
import type { MetricArea, WrittenSeries } from '../../protocol/metric-area.ts'

/** A series with what all processes have counted in it. */
export interface CountedSeries extends Series {
  /** See `seriesName`. */
  readonly name: string
  readonly cells: Float64Array
}

/**
 * Adds up what HTTP processes count: what those that live have counted by now, and what those that ended had
 * when they did. So totals never fall, whatever a process died of.
 */
export class MetricTotals {
  readonly #areas = new Map<number, Pick<MetricArea, 'read' | 'clear'>>()
  readonly #ended = new Map<string, Float64Array>()

  /** A process takes a seat. */
  open(seat: number, area: Pick<MetricArea, 'read' | 'clear'>): void {
    this.#areas.set(seat, area)
  }

  /** It has ended. */
  close(seat: number): void {
    const area = this.#areas.get(seat)
    if (area === undefined) return
    for (const series of area.read()) add(series, this.#ended)
    this.#areas.delete(seat)
    area.clear()
  }

  /** What is known by this release, by metric. */
  read(): Map<Counter | Histogram, CountedSeries[]> {
    const sums = new Map([...this.#ended].map(([name, cells]) => [name, cells.slice()]))
    for (const area of this.#areas.values()) for (const series of area.read()) add(series, sums)
    return byMetric(sums)
  }
}

/** One of another shape than the others of its name is not theirs: that of a release with other buckets has another name. */
function add({ name, cells }: WrittenSeries, sums: Map<string, Float64Array>): void {
  const sum = sums.get(name)
  if (sum === undefined) sums.set(name, cells.slice())
  else if (sum.length === cells.length) addCells(cells, sum)
}

/** Tens of thousands of numbers at each scrape, hence without an iterator. */
function addCells(cells: Float64Array, sum: Float64Array): void {
  for (let at = 0; at < sum.length; at++) sum[at] = (sum[at] ?? 0) + (cells[at] ?? 0)
}

function byMetric(sums: ReadonlyMap<string, Float64Array>): Map<Counter | Histogram, CountedSeries[]> {
  const metrics = new Map<Counter | Histogram, CountedSeries[]>()
  for (const [name, cells] of sums) {
    const series = parseSeriesName(name, cells.length)
    if (series === undefined) continue
    const known = metrics.get(series.metric)
    if (known) known.push({ ...series, name, cells })
    else metrics.set(series.metric, [{ ...series, name, cells }])
  }
  return metrics
}
