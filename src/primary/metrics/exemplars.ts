import type { ExemplarRecord } from '../../protocol/process-messages.ts'
import type { Exemplar } from './exposition.ts'

/** The newest exemplar of each bucket, from all processes. */
export class Exemplars {
  readonly #newest = new Map<string, Exemplar>()

  add(records: readonly ExemplarRecord[]): void {
    for (const { series, bucket, traceId, value, at } of records) {
      const key = keyOf(series, bucket)
      if (at >= (this.#newest.get(key)?.at ?? 0)) this.#newest.set(key, { traceId, value, at })
    }
  }

  /** @param series see `seriesName` */
  of(series: string, bucket: number): Exemplar | undefined {
    return this.#newest.get(keyOf(series, bucket))
  }
}

/** As many as there are buckets: series are bounded, so these are. */
function keyOf(series: string, bucket: number): string {
  return `${bucket} ${series}`
}
