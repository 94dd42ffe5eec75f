import type { ExemplarRecord } from '../../protocol/process-messages.ts'
import type { Exemplar } from './exposition.ts'

/** The newest exemplar of each bucket, from all processes: as many as there are buckets, and series are bounded. */
export class Exemplars {
  readonly #newest = new Map<string, Map<number, Exemplar>>()

  add(records: readonly ExemplarRecord[]): void {
    for (const { series, bucket, traceId, value, at } of records) {
      const buckets = this.#newest.get(series) ?? new Map<number, Exemplar>()
      this.#newest.set(series, buckets)
      if (at >= (buckets.get(bucket)?.at ?? 0)) buckets.set(bucket, { traceId, value, at })
    }
  }

  /** @param series see `seriesName` */
  of(series: string, bucket: number): Exemplar | undefined {
    return this.#newest.get(series)?.get(bucket)
  }
}
