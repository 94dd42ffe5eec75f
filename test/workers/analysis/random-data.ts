import { seeded } from '../../support/seeded.ts'

export { seeded }

/** Normal numbers by Box and Muller. */
export function seededNormal(seed: number): () => number {
  const uniform = seeded(seed)
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
}

export function generate(length: number, next: (index: number) => number): Float64Array<ArrayBuffer> {
  return Float64Array.from({ length }, (_, index) => next(index))
}

/** Datasets of several sizes and kinds, with ties and without. */
export function sampleDatasets(): { name: string; values: Float64Array }[] {
  return [2, 3, 4, 5, 10, 33, 100, 1000].flatMap((length) => {
    const [uniform, normal] = [seeded(length), seededNormal(length)]
    return [
      { name: `${length} uniform`, values: generate(length, uniform) },
      { name: `${length} normal far from 0`, values: generate(length, () => 1e6 + normal()) },
      { name: `${length} small integers`, values: generate(length, () => Math.floor(uniform() * 6)) },
      { name: `${length} of many magnitudes`, values: generate(length, () => Math.exp(10 * normal())) },
    ]
  })
}

/** Work that nobody stops. */
export const unstopped = { throwIfAborted() {} }
