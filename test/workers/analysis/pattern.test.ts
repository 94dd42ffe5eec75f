import { linearRegression, rSquared } from 'simple-statistics'
import { describe, expect, test } from 'vitest'
import { momentsOf } from '../../../workers/analysis/moments.ts'
import { orderingOf } from '../../../workers/analysis/ordering.ts'
import { patternAnalysis } from '../../../workers/analysis/pattern.ts'
import { generate, sampleDatasets, seeded, seededNormal, unstopped } from './random-data.ts'

function pattern(values: Iterable<number>) {
  const dataset = Float64Array.from(values)
  return patternAnalysis(dataset, orderingOf(dataset, unstopped), momentsOf(dataset, unstopped), unstopped)
}

describe('the four shapes', () => {
  test.each([
    // dataset, increasing, decreasing, alternating, constant
    [[5], 0, 0, 0, 0],
    [[1, 2], 1, 0, 0, 0],
    [[2, 1], 0, 1, 0, 0],
    [[3, 3], 0, 0, 0, 1],
    [[0, -0], 0, 0, 0, 1],
    [[1, 2, 3], 1, 0, 0, 0],
    [[3, 2, 1], 0, 1, 0, 0],
    [[7, 7, 7], 0, 0, 0, 1],
    [[1, 1, 2], 0, 0, 0, 0],
    [[2, 2, 1], 0, 0, 0, 0],
    [[1, 2, 2], 0, 0, 0, 0],
    [[1, 3, 2], 0, 0, 1, 0],
    [[3, 1, 2], 0, 0, 1, 0],
    [[1, 3, 2, 4, 0], 0, 0, 1, 0],
    [[1, 3, 2, 2, 4], 0, 0, 0, 0],
    [[1, 3, 2, 4, 5], 0, 0, 0, 0],
    [[1, 2, 4, 3, 5], 0, 0, 0, 0],
    [[5e-324, 1e-323], 1, 0, 0, 0],
    [[-1.7e308, 1.7e308, -1.7e308], 0, 0, 1, 0],
    [[1e16, 1e16 + 2, 1e16 + 4], 1, 0, 0, 0],
  ])('of %j: increasing %i, decreasing %i, alternating %i, constant %i', (values, ...flags) => {
    const { increasing, decreasing, alternating, constant } = pattern(values)
    expect([increasing, decreasing, alternating, constant]).toEqual(flags)
  })

  test('follow their definitions on every short series of three levels', () => {
    for (let code = 0; code < 3 ** 6; code++) {
      for (let length = 2; length <= 6; length++) {
        const values = Array.from({ length }, (_, i) => Math.floor(code / 3 ** i) % 3)
        const steps = values.slice(1).map((value, i) => Math.sign(value - (values[i] ?? 0)))
        const changes = steps.slice(1).every((step, i) => step * (steps[i] ?? 0) < 0)
        expect(pattern(values), String(values)).toMatchObject({
          increasing: Number(steps.every((step) => step > 0)),
          decreasing: Number(steps.every((step) => step < 0)),
          alternating: Number(length > 2 && changes),
          constant: Number(steps.every((step) => step === 0)),
        })
      }
    }
  })
})

describe('the longest runs', () => {
  test('are told with their length in values and their start', () => {
    //                             0  1  2  3  4  5  6  7  8  9
    const { longestRuns } = pattern([5, 1, 2, 3, 4, 4, 4, 2, 9, 0])
    expect(longestRuns).toEqual({
      increasing: { length: 4, start: 1 },
      decreasing: { length: 2, start: 0 },
      equal: { length: 3, start: 4 },
      alternating: { length: 4, start: 6 },
      aboveMedian: { length: 3, start: 4 },
      belowMedian: { length: 3, start: 1 },
    })
  })

  test('above or below the median are absent from a constant', () => {
    expect(pattern([4, 4]).longestRuns).toMatchObject({
      equal: { length: 2, start: 0 },
      aboveMedian: { length: 0, start: null },
      belowMedian: { length: 0, start: null },
    })
  })

  test('are the first of those that are equally long', () => {
    expect(pattern([1, 2, 0, 1, -1, 0]).longestRuns.increasing).toEqual({ length: 2, start: 0 })
  })
})

describe('the linear trend', () => {
  test.each(sampleDatasets())('of $name values is that of simple-statistics', ({ values }) => {
    const points = Array.from(values, (value, i) => [i, value])
    const line = linearRegression(points)
    const scale = Math.max(...values.map(Math.abs))
    const actual = pattern(values).linearTrend
    expect(Math.abs((actual?.slope ?? Number.NaN) - line.m)).toBeLessThan(1e-9 * scale)
    expect(Math.abs((actual?.intercept ?? Number.NaN) - line.b)).toBeLessThan(1e-9 * scale)
    const expected = rSquared(points, (x) => line.m * x + line.b)
    if (Number.isFinite(expected)) expect(actual?.rSquared).toBeCloseTo(expected, 4)
  })

  test('of a line is that line, with R² 1', () => {
    const { slope, intercept, rSquared: r2 } = pattern(generate(1000, (i) => 3 - 0.25 * i)).linearTrend ?? {}
    expect([slope, intercept, r2]).toEqual([-0.25, 3, 1])
  })

  test('of a constant is flat and explains nothing', () => {
    expect(pattern([2, 2, 2]).linearTrend).toEqual({ slope: 0, intercept: 2, rSquared: null })
  })

  test('of huge values is finite', () => {
    expect(pattern([1e308, -1e308]).linearTrend).toMatchObject({ slope: null, rSquared: 1 })
    expect(pattern([0, 0.5e308, 1e308]).linearTrend).toMatchObject({ slope: 0.5e308, intercept: 0 })
  })
})

describe('the autocorrelation', () => {
  test.each(sampleDatasets())('of $name values is what the definition says', ({ values }) => {
    const n = values.length
    const mean = values.reduce((a, b) => a + b) / n
    const centred = values.map((value) => value - mean)
    const sum = (lag: number) =>
      centred.subarray(lag).reduce((total, d, t) => total + d * (centred[t] ?? 0), 0)
    const actual = pattern(values).autocorrelation
    expect(actual?.maxLag).toBe(Math.min(50, n - 1))
    expect(actual?.lag1).toBe(actual?.coefficients[0])
    for (const [i, coefficient] of actual?.coefficients.entries() ?? []) {
      expect(coefficient).toBeCloseTo(sum(i + 1) / sum(0), 7)
    }
  })

  test('of a constant, or of one value, is not defined', () => {
    expect(pattern([3, 3, 3]).autocorrelation).toBeNull()
    expect(pattern([3]).autocorrelation).toBeNull()
  })
})

describe('the dominant period', () => {
  const normal = seededNormal(11)

  test.each([
    { period: 12, n: 120 },
    { period: 7, n: 365 },
    { period: 24.7, n: 1000 },
    { period: 3.3, n: 5000 },
    { period: 1000, n: 4321 },
    { period: 2, n: 64 },
  ])('of a wave of period $period in $n values is found under noise and trend', ({ period, n }) => {
    const values = generate(
      n,
      (t) => 5 + 0.01 * t + 2 * Math.cos((2 * Math.PI * t) / period) + 0.2 * normal(),
    )
    const found = pattern(values).dominantPeriod
    expect(Math.abs((found?.period ?? Number.NaN) / period - 1)).toBeLessThan(0.005)
    expect(found?.strength).toBeGreaterThan(0.95)
    expect(found?.p).toBeLessThan(1e-6)
    expect((found?.frequency ?? Number.NaN) * (found?.period ?? Number.NaN)).toBeCloseTo(1, 12)
  })

  test('of independent values is weak, and rarely called significant', () => {
    const datasets = Array.from({ length: 300 }, () => pattern(generate(200, normal)).dominantPeriod)
    expect(datasets.filter((found) => (found?.p ?? 0) < 0.05).length).toBeLessThan(300 * 0.09)
    expect(Math.max(...datasets.map((found) => found?.strength ?? 1))).toBeLessThan(0.2)
  })

  test('is not looked for in a line, a constant or fewer than eight values', () => {
    expect(pattern(generate(100, (t) => 0.1 * t)).dominantPeriod).toBeNull()
    expect(pattern(Array(100).fill(7)).dominantPeriod).toBeNull()
    expect(pattern([1, 2, 1, 2, 1, 2, 1]).dominantPeriod).toBeNull()
    expect(pattern([1, 2, 1, 2, 1, 2, 1, 2]).dominantPeriod?.period).toBeCloseTo(2, 6)
  })

  test('is found in a series that is cut into segments', () => {
    const n = 2 ** 20 + 12_345
    const values = generate(n, (t) => Math.sin((2 * Math.PI * t) / 365.25) + 3 * normal())
    const found = pattern(values).dominantPeriod
    expect(found?.period).toBeCloseTo(365.25, 1)
    expect(found?.strength).toBeCloseTo(0.5 / 9.5, 2)
    expect(found?.p).toBe(0)
  })
})

describe('change points', () => {
  const normal = seededNormal(5)

  test('are found where the mean shifts, with the means on both sides', () => {
    const levels = [0, 5, 2, 2, -4]
    const { points, count } = pattern(
      generate(1000, (t) => (levels[Math.floor(t / 200)] ?? 0) + normal()),
    ).changePoints
    expect(count).toBe(3)
    for (const [i, { index, meanBefore, meanAfter }] of points.entries()) {
      expect(Math.abs(index - ([200, 400, 800][i] ?? 0))).toBeLessThanOrEqual(2)
      expect(meanBefore).toBeCloseTo([0, 5, 2][i] ?? Number.NaN, 0)
      expect(meanAfter).toBeCloseTo([5, 2, -4][i] ?? Number.NaN, 0)
    }
  })

  test('without noise are exact', () => {
    expect(pattern([1, 1, 1, 1, 1, 6, 6, 6, 6, 6, 6]).changePoints.points).toEqual([
      { index: 5, meanBefore: 1, meanAfter: 6 },
    ])
  })

  test('are rarely seen in independent values', () => {
    const alarms = Array.from({ length: 300 }, (_, i) => pattern(generate(10 + i, normal)).changePoints.count)
    expect(alarms.filter((count) => count > 0).length).toBeLessThan(300 * 0.05)
  })

  test('are none in a constant and in fewer than ten values', () => {
    expect(pattern(Array(1000).fill(0.1)).changePoints).toMatchObject({ count: 0, points: [] })
    expect(pattern([0, 0, 0, 0, 9, 9, 9, 9, 9]).changePoints.count).toBe(0)
  })

  test('are limited in number, and the limit is told', () => {
    const { count, limited, points } = pattern(generate(5000, (t) => t)).changePoints
    expect({ count, limited }).toEqual({ count: 30, limited: true })
    expect(points.map(({ index }) => index)).toEqual(
      points.map(({ index }) => index).toSorted((a, b) => a - b),
    )
  })

  test('do not depend on unit or origin', () => {
    const values = generate(500, (t) => (t < 300 ? 0 : 3) + normal())
    const places = (shifted: Float64Array) => pattern(shifted).changePoints.points.map(({ index }) => index)
    expect(places(values.map((value) => value * 1e-200))).toEqual(places(values))
    expect(places(values.map((value) => 1e6 - 1e3 * value))).toEqual(places(values))
  })
})

test('no result is ever NaN or infinite', () => {
  const extremes = [0, -0, 1, -1, 5e-324, -5e-324, 1e-308, 1.797e308, -1.797e308, 1e154, 1e-162]
  const pick = seeded(9)
  for (let round = 0; round < 300; round++) {
    const values = generate(
      1 + Math.floor(pick() * 14),
      () => extremes[Math.floor(pick() * extremes.length)] ?? 0,
    )
    const result = pattern(values)
    expect(JSON.parse(JSON.stringify(result)), String(values)).toEqual(result)
  }
})
