import { generate, seeded, seededNormal } from '../workers/analysis/random-data.ts'

/** Durations in milliseconds as tasks take them, the same in each run. */
export function sampleDurations(): { name: string; values: Float64Array }[] {
  const [uniform, normal, tail, mix] = [seeded(1), seededNormal(2), seeded(3), seeded(4)]
  return [
    { name: 'uniform', values: generate(10_000, () => 1 + 999 * uniform()) },
    { name: 'log-normal', values: generate(10_000, () => 20 * Math.exp(normal())) },
    { name: 'heavy-tailed', values: generate(10_000, () => 2 / (1 - tail()) ** (1 / 1.5)) },
    { name: 'short', values: generate(10_000, () => 0.02 * Math.exp(uniform())) },
    { name: 'of two kinds', values: generate(10_000, () => (mix() < 0.9 ? 1 + mix() : 3000 + 500 * mix())) },
    { name: 'all the same', values: generate(100, () => 7.5) },
    { name: 'few', values: generate(3, (index) => 10 * 3 ** index) },
    { name: 'single', values: generate(1, () => 123.4) },
  ]
}

/** The smallest value that a share of all does not exceed (nearest rank). */
export function exactPercentile(values: Float64Array, share: number): number {
  const rank = Math.max(1, Math.ceil(share * values.length))
  return values.toSorted()[rank - 1] ?? Number.NaN
}
