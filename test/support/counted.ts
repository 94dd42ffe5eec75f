import type { Counter, Histogram, LabelValues } from '../../src/observability/metrics/metric-types.ts'
import { type Cells, Meters } from '../../src/observability/metrics/meters.ts'
import { seriesName } from '../../src/observability/metrics/series-name.ts'

/** Meters whose numbers can be read at once. */
export class Counted implements Cells {
  readonly meters = new Meters(this)
  readonly #series = new Map<string, { readonly from: number; readonly cells: number }>()
  #cells: number[] = []

  add(name: string, cells: number): number {
    const from = this.#cells.length
    this.#series.set(name, { from, cells })
    this.#cells.push(...Array<number>(cells).fill(0))
    return from
  }

  writeCells(cells: Float64Array, from: number): void {
    this.#cells.splice(from, cells.length, ...cells)
  }

  /** Of a counter; undefined where there is no such series. */
  value<Labels extends readonly string[]>(
    metric: Counter<Labels>,
    labels: LabelValues<Labels>,
  ): number | undefined {
    return this.#cellsOf(metric, labels)?.[0]
  }

  /** How many values a histogram has, and what they add up to. */
  observed<Labels extends readonly string[]>(
    metric: Histogram<Labels>,
    labels: LabelValues<Labels>,
  ): { readonly count: number; readonly sum: number } | undefined {
    const cells = this.#cellsOf(metric, labels)
    return cells && { count: cells.slice(0, -1).reduce((a, b) => a + b, 0), sum: cells.at(-1) ?? 0 }
  }

  get names(): string[] {
    return [...this.#series.keys()]
  }

  #cellsOf(metric: Counter | Histogram, labels: readonly string[]): number[] | undefined {
    const series = this.#series.get(seriesName(metric, labels))
    return series && this.#cells.slice(series.from, series.from + series.cells)
  }
}
