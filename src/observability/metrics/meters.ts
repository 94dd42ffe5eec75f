import type { MetricArea } from '../../protocol/metric-area.ts'
import type { ExemplarRecord } from '../../protocol/process-messages.ts'
import { type Counter, cellsOf, type Histogram, type LabelValues } from './metric-types.ts'
import { seriesName } from './series-name.ts'

/** Where numbers are kept; of a {@link MetricArea} what is needed here. */
export type Cells = Pick<MetricArea, 'add' | 'writeCells'>

/**
 * Numbers are counted in steps of about a millionth. Those add up without an error, so in any order to the same
 * total: it comes in another order when a process has ended, and one that is smaller in its last digit would be a
 * counter that began anew, which Prometheus adds in whole.
 */
const STEPS = 2 ** 20

/** The counters and histograms of one process. */
export class Meters {
  #area: Cells | undefined
  readonly #series = new Map<Counter | Histogram, Map<string, number | undefined>>()
  readonly #exemplars = new Map<string, ExemplarRecord>()
  readonly #onFailure: (reason: string) => void
  #full = false
  #cells = new Float64Array(1024)
  /** Cells that have changed and are not written: the first, and the one behind the last. */
  #dirtyFrom = Number.POSITIVE_INFINITY
  #dirtyTo = 0

  /**
   * @param area undefined where nothing is to be counted
   * @param onFailure called once when a series finds no room, which is not counted then, and once when nothing
   *   can be written: then nothing is counted any more. Neither is a reason to answer no requests.
   */
  constructor(area: Cells | undefined, onFailure: (reason: string) => void = () => {}) {
    this.#area = area
    this.#onFailure = onFailure
  }

  /** Lets a series be seen from the start, at 0: whoever reads rates misses the step from nothing to 1. */
  declare<Labels extends readonly string[]>(
    metric: Counter<Labels> | Histogram<Labels>,
    labels: LabelValues<Labels>,
  ): void {
    this.#cellOf(metric, labels)
  }

  count<Labels extends readonly string[]>(
    metric: Counter<Labels>,
    labels: LabelValues<Labels>,
    by = 1,
  ): void {
    const cell = this.#cellOf(metric, labels)
    if (cell === undefined || by === 0) return
    this.#add(cell, by)
  }

  /**
   * @param value in the unit of the metric's name
   * @param traceId of the trace that it belongs to, where that is recorded
   */
  observe<Labels extends readonly string[]>(
    metric: Histogram<Labels>,
    labels: LabelValues<Labels>,
    value: number,
    traceId?: string,
  ): void {
    const cell = this.#cellOf(metric, labels)
    if (cell === undefined) return
    const bucket = bucketOf(metric, value)
    this.#add(cell + bucket, 1)
    this.#add(cell + metric.buckets.length + 1, value)
    if (traceId === undefined) return
    const series = seriesName(metric, labels)
    const at = Date.now() / 1000
    this.#exemplars.set(`${series} ${bucket}`, { series, bucket, traceId, value, at })
  }

  /** The newest one of each bucket since the call before. */
  takeExemplars(): ExemplarRecord[] {
    const taken = [...this.#exemplars.values()]
    this.#exemplars.clear()
    return taken
  }

  #cellOf(metric: Counter | Histogram, labels: readonly string[]): number | undefined {
    let series = this.#series.get(metric)
    if (series === undefined) {
      series = new Map()
      this.#series.set(metric, series)
    }
    const key = labels.length === 1 ? (labels[0] as string) : labels.join('\n')
    const known = series.get(key)
    if (known !== undefined || series.has(key)) return known
    const cell = this.#begin(metric, labels)
    series.set(key, cell)
    return cell
  }

  #begin(metric: Counter | Histogram, labels: readonly string[]): number | undefined {
    const length = cellsOf(metric)
    const cell = this.#attempt((area) => area.add(seriesName(metric, labels), length))
    if (cell === undefined) {
      if (this.#area !== undefined && !this.#full)
        this.#onFailure(`no room for ${seriesName(metric, labels)}`)
      this.#full = true
    } else if (cell + length > this.#cells.length) {
      const larger = new Float64Array((cell + length) * 2)
      larger.set(this.#cells)
      this.#cells = larger
    }
    return cell
  }

  #add(cell: number, by: number): void {
    if (this.#dirtyTo === 0) process.nextTick(this.#write)
    this.#cells[cell] = (this.#cells[cell] ?? 0) + Math.round(by * STEPS) / STEPS
    if (cell < this.#dirtyFrom) this.#dirtyFrom = cell
    if (cell >= this.#dirtyTo) this.#dirtyTo = cell + 1
  }

  /** All that changed in one callback is written at once: one system call for a request. */
  readonly #write = (): void => {
    const changed = this.#cells.subarray(this.#dirtyFrom, this.#dirtyTo)
    const from = this.#dirtyFrom
    this.#attempt((area) => area.writeCells(changed, from))
    this.#dirtyFrom = Number.POSITIVE_INFINITY
    this.#dirtyTo = 0
  }

  /** Memory for the file can run out. */
  #attempt<Result>(write: (area: Cells) => Result): Result | undefined {
    try {
      return this.#area && write(this.#area)
    } catch (error) {
      this.#area = undefined
      this.#onFailure((error as Error).message)
      return undefined
    }
  }
}

/** The first bucket whose bound is not below the value: few enough to be looked through. */
function bucketOf({ buckets }: Histogram, value: number): number {
  let bucket = 0
  while (bucket < buckets.length && value > (buckets[bucket] as number)) bucket += 1
  return bucket
}
