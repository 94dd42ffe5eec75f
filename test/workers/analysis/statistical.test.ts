import {
  interquartileRange,
  mean,
  median,
  quantile,
  sampleKurtosis,
  sampleSkewness,
  sampleVariance,
  medianAbsoluteDeviation as simpleMad,
  standardDeviation,
  sum,
  variance,
} from 'simple-statistics'
import { describe, expect, test } from 'vitest'
import { momentsOf } from '../../../workers/analysis/moments.ts'
import { statisticalAnalysis } from '../../../workers/analysis/statistical.ts'
import { digits, exactStatistics } from './exact-statistics.ts'
import { generate, sampleDatasets, seeded, seededNormal, unstopped } from './random-data.ts'

function statistical(values: Iterable<number>) {
  const dataset = Float64Array.from(values)
  return statisticalAnalysis(dataset, dataset.toSorted(), momentsOf(dataset, unstopped), unstopped)
}

describe.each(sampleDatasets())('$name values', ({ values }) => {
  const result = statistical(values)
  const array = [...values]

  test('agree with simple-statistics', () => {
    const n = array.length
    // Where simple-statistics itself loses digits, its own differences are the tolerance.
    const close = (actual: number | null, expected: number, scale = Math.abs(expected)) =>
      expect(Math.abs((actual ?? Number.NaN) - expected)).toBeLessThanOrEqual(1e-9 * scale + 1e-300)
    close(result.sum, sum(array))
    close(result.mean, mean(array))
    close(result.median, median(array))
    close(result.variance, variance(array))
    close(result.standardDeviation, standardDeviation(array))
    close(result.sampleVariance, sampleVariance(array))
    close(result.medianAbsoluteDeviation, simpleMad(array))
    close(result.interquartileRange, interquartileRange(array))
    for (const percent of [1, 5, 10, 25, 50, 75, 90, 95, 99]) {
      close(result.percentiles[`p${percent}`] ?? null, quantile(array, percent / 100))
    }
    if (n >= 3) close(result.skewness, sampleSkewness(array, true), 1)
    // Theirs is the sample estimate G2 = (n − 1) / ((n − 2)(n − 3)) · ((n + 1) g2 + 6).
    const g2 = result.kurtosis ?? Number.NaN
    if (n >= 4) close(((n - 1) / ((n - 2) * (n - 3))) * ((n + 1) * g2 + 6), sampleKurtosis(array), 10)
  })

  test('agree with exact arithmetic to 13 digits', () => {
    const exact = exactStatistics(values)
    expect(digits(result.variance, exact.variance)).toBeGreaterThan(13)
    expect(digits(result.sampleStandardDeviation, exact.sampleStandardDeviation)).toBeGreaterThan(13)
    // At most the last bit is wrong, however small the mean is beside the values.
    expect(Math.abs((result.mean ?? Number.NaN) - exact.mean)).toBeLessThanOrEqual(
      2 ** -52 * Math.abs(exact.mean),
    )
  })

  test('have a histogram that counts each of them once, within its edges', () => {
    const { edges, counts, bins } = result.histogram
    expect(edges).toHaveLength(bins + 1)
    expect(counts.reduce((total, count) => total + count, 0)).toBe(values.length)
    for (const [bin, count] of counts.entries()) {
      const [low, high] = [edges[bin] ?? Number.NaN, edges[bin + 1] ?? Number.NaN]
      const within = array.filter(
        (value) => value >= low && (bin === bins - 1 ? value <= high : value < high),
      )
      expect(count).toBe(within.length)
    }
  })
})

describe('whatever the data', () => {
  const normal = seededNormal(7)
  const values = generate(500, () => normal() ** 3)
  const result = statistical(values)

  test('the order does not matter', () => {
    const { outliers: _, ...shuffled } = statistical(values.toReversed())
    const { outliers: __, ...original } = result
    expect(shuffled).toEqual(original)
  })

  test('a power of two as factor scales every result exactly', () => {
    const scaled = statistical(values.map((value) => value * 1024))
    expect(scaled.mean).toBe((result.mean ?? 0) * 1024)
    expect(scaled.variance).toBe((result.variance ?? 0) * 1024 ** 2)
    expect(scaled.skewness).toBe(result.skewness)
    expect(scaled.kurtosis).toBe(result.kurtosis)
    expect(scaled.outliers.count).toBe(result.outliers.count)
    expect(scaled.histogram.counts).toEqual(result.histogram.counts)
  })

  test('a mirror image changes the sign of what has a side, and nothing else', () => {
    const mirrored = statistical(values.map((value) => -value))
    expect(mirrored.mean).toBe(-(result.mean ?? 0))
    expect(mirrored.standardDeviation).toBe(result.standardDeviation)
    expect(mirrored.skewness).toBeCloseTo(-(result.skewness ?? 0), 12)
    expect(mirrored.kurtosis).toBe(result.kurtosis)
    expect(mirrored.outliers).toMatchObject({ below: result.outliers.above, above: result.outliers.below })
  })
})

describe('at the edges of what doubles can say', () => {
  test('one number has variance 0 and no sample variance, skewness or kurtosis', () => {
    expect(statistical([42])).toMatchObject({
      count: 1,
      sum: 42,
      mean: 42,
      median: 42,
      variance: 0,
      standardDeviation: 0,
      sampleVariance: null,
      sampleStandardDeviation: null,
      min: 42,
      max: 42,
      range: 0,
      quartiles: { q1: 42, q2: 42, q3: 42 },
      interquartileRange: 0,
      medianAbsoluteDeviation: 0,
      skewness: null,
      kurtosis: null,
      outliers: { count: 0, first: [] },
      histogram: { bins: 1, edges: [42, 42], counts: [1] },
    })
  })

  test('a constant has no skewness or kurtosis, and exactly itself as its mean', () => {
    const result = statistical(Array(1000).fill(0.1))
    expect(result).toMatchObject({
      mean: 0.1,
      variance: 0,
      sampleVariance: 0,
      skewness: null,
      kurtosis: null,
    })
  })

  test('a sum beyond the largest double is null, while the mean and the deviation are right', () => {
    expect(statistical([1e308, 1e308])).toMatchObject({ sum: null, mean: 1e308, variance: 0, median: 1e308 })
    expect(statistical([1e308, 1.5e308])).toMatchObject({
      sum: null,
      mean: 1.25e308,
      median: 1.25e308,
      standardDeviation: 0.25e308,
      variance: null,
      range: 0.5e308,
      skewness: 0,
      kurtosis: -2,
    })
  })

  test('a sum that only passes through the overflow is right', () => {
    expect(statistical([1e308, 1e308, -1e308, -1e308, 5]).sum).toBe(5)
    expect(statistical([1.7e308, 1.7e308, -1.7e308]).sum).toBe(1.7e308)
  })

  test('a range beyond the largest double is null, while deviation, quantiles and histogram are finite', () => {
    const { MAX_VALUE } = Number
    const result = statistical([-MAX_VALUE, -MAX_VALUE, MAX_VALUE, MAX_VALUE])
    expect(result).toMatchObject({
      mean: 0,
      median: 0,
      standardDeviation: MAX_VALUE,
      range: null,
      kurtosis: -2,
    })
    expect(result.histogram.counts.reduce((a, b) => a + b)).toBe(4)
    expect(result.histogram.edges).not.toContain(null)
  })

  test('the smallest doubles have a deviation', () => {
    const tiny = Number.MIN_VALUE
    expect(statistical([0, 2 * tiny])).toMatchObject({
      mean: tiny,
      median: tiny,
      standardDeviation: tiny,
      variance: 0,
      skewness: 0,
      kurtosis: -2,
    })
  })

  test('small numbers between huge ones that cancel are not lost', () => {
    expect(statistical([1e100, 1, -1e100, 1]).mean).toBe(0.5)
  })

  test('neighbouring doubles have the deviation between them', () => {
    expect(statistical([1e16, 1e16 + 2])).toMatchObject({ variance: 1, sampleVariance: 2 })
  })

  test('negative zero is zero', () => {
    const result = statistical([-0, -0])
    expect(JSON.stringify(result)).not.toContain('-0')
    expect(result).toMatchObject({ mean: 0, min: 0, max: 0, sum: 0 })
  })

  test('no result is ever NaN or infinite', () => {
    const extremes = [0, -0, 1, -1, 5e-324, -5e-324, 1e-308, 1.797e308, -1.797e308, 1e154, 1e-162]
    const pick = seeded(3)
    for (let round = 0; round < 300; round++) {
      const values = generate(
        1 + Math.floor(pick() * 6),
        () => extremes[Math.floor(pick() * extremes.length)] ?? 0,
      )
      const result = statistical(values)
      expect(JSON.parse(JSON.stringify(result)), String(values)).toEqual(result)
    }
  })
})

describe('outliers', () => {
  test('are what lies beyond the fences, and not what lies on them', () => {
    // Quartiles 2 and 6, fences −4 and 12.
    const result = statistical([0, 2, 4, 6, 12, 2, 4, 6, 4])
    expect(result.outliers).toMatchObject({ lowerFence: -4, upperFence: 12, count: 0 })
    const beyond = statistical([0, 2, 4, 6, 12.5, 2, 4, 6, 4])
    expect(beyond.outliers).toMatchObject({
      count: 1,
      above: 1,
      below: 0,
      first: [{ index: 4, value: 12.5 }],
    })
  })

  test('are all counted, and the first hundred listed in the order of the dataset', () => {
    const values = generate(10_000, (i) => (i % 10 === 3 ? 1e6 + i : i % 7))
    const { outliers } = statistical(values)
    expect(outliers.count).toBe(1000)
    expect(outliers.first).toHaveLength(100)
    expect(outliers.first[1]).toEqual({ index: 13, value: 1e6 + 13 })
  })
})

describe('the histogram', () => {
  test("has Freedman and Diaconis' bins", () => {
    // IQR 500 of 0 … 1000: width 2 · 500 / 1001^(1/3) = 99.97.
    const { rule, bins, edges } = statistical(generate(1001, (i) => i)).histogram
    expect({ rule, bins, last: edges.at(-1) }).toEqual({ rule: 'Freedman–Diaconis', bins: 11, last: 1000 })
  })

  test("has Sturges' bins where the interquartile range is 0", () => {
    const { rule, bins } = statistical([...Array(63).fill(1), 9]).histogram
    expect({ rule, bins }).toEqual({ rule: 'Sturges (the interquartile range is 0)', bins: 7 })
  })

  test('stays bounded when one value is far away, and says so', () => {
    const { bins, limited, counts } = statistical([...generate(1000, (i) => i), 1e9]).histogram
    expect({ bins, limited, first: counts[0], last: counts.at(-1) }).toEqual({
      bins: 200,
      limited: true,
      first: 1000,
      last: 1,
    })
  })

  test('leaves out edges for which there are no doubles', () => {
    const base = 2 ** 52
    const values = generate(1000, (i) => base + (i % 3))
    const { edges, counts } = statistical(values).histogram
    expect(new Set(edges).size).toBe(edges.length)
    expect(counts.reduce((a, b) => a + b)).toBe(1000)
  })
})
