import { describe, expect, test } from 'vitest'
import { mannKendall } from '../../../workers/analysis/mann-kendall.ts'
import { twoSidedP } from '../../../workers/analysis/normal-distribution.ts'
import { orderingOf } from '../../../workers/analysis/ordering.ts'
import { generate, sampleDatasets, seededNormal, unstopped } from './random-data.ts'

const kendall = (values: Iterable<number>) =>
  mannKendall(orderingOf(Float64Array.from(values), unstopped), unstopped)

/** By the definitions, pair by pair. */
function naive(values: Float64Array) {
  let [s, inversions, untied] = [0, 0, 0]
  for (const [i, x] of values.entries()) {
    for (const y of values.subarray(i + 1)) {
      s += Math.sign(y - x)
      if (y < x) inversions++
      if (y !== x) untied++
    }
  }
  const n = values.length
  const groups = [...Map.groupBy(values, (value) => value).values()]
  const ties = groups.reduce((sum, { length: t }) => sum + t * (t - 1) * (2 * t + 5), 0)
  const variance = (n * (n - 1) * (2 * n + 5) - ties) / 18
  const z = s === 0 ? 0 : (s - Math.sign(s)) / Math.sqrt(variance)
  return { s, inversions, z, tau: s / Math.sqrt(untied * ((n * (n - 1)) / 2)) }
}

describe.each(sampleDatasets())('$name values', ({ values }) => {
  test('are sorted, and their inversions counted', () => {
    const ordering = orderingOf(values, unstopped)
    expect(ordering.sorted).toEqual(values.toSorted())
    expect(ordering.inversions).toBe(naive(values).inversions)
  })

  test('have the S, z and tau of comparing every pair', () => {
    const expected = naive(values)
    const actual = kendall(values)
    expect(actual?.s).toBe(expected.s)
    expect(actual?.z).toBeCloseTo(expected.z, 12)
    expect(actual?.tau).toBeCloseTo(expected.tau, 12)
  })
})

test('ties weigh as they do by hand', () => {
  // Of ten pairs five rise, three fall and two are equal: variance (5·4·15 − 2·(2·1·9)) / 18 = 44 / 3.
  const result = kendall([1, 2, 2, 3, 1])
  expect(result?.s).toBe(2)
  expect(result?.tau).toBeCloseTo(2 / Math.sqrt(8 * 10), 15)
  expect(result?.z).toBeCloseTo(1 / Math.sqrt(44 / 3), 15)
})

test('a trend is named with its direction', () => {
  const normal = seededNormal(1)
  const rising = generate(200, (i) => i / 50 + normal())
  expect(kendall(rising)?.trend).toBe('increasing')
  expect(kendall(rising.toReversed())?.trend).toBe('decreasing')
  expect(kendall(generate(200, normal))?.trend).toBe('none')
})

test('sorted values have tau 1, or −1 the other way round', () => {
  const rising = generate(1000, (i) => i)
  expect(kendall(rising)).toMatchObject({ s: 499_500, tau: 1 })
  expect(kendall(rising.toReversed())).toMatchObject({ s: -499_500, tau: -1 })
})

test('a constant has no tau and no trend', () => {
  expect(kendall([7, 7, 7, 7])).toMatchObject({ s: 0, tau: null, z: 0, p: 1, trend: 'none' })
})

test('fewer than two values are not tested', () => {
  expect(kendall([1])).toBeNull()
})

test('the input is left as it was', () => {
  const values = Float64Array.of(3, 1, 2)
  orderingOf(values, unstopped)
  expect([...values]).toEqual([3, 1, 2])
})

/** erfc(z / √2) from tables to 15 digits and more (Abramowitz and Stegun; mpmath). */
test.each([
  [0, 1],
  [1, 0.317310507862914],
  [1.959963984540054, 0.05],
  [2.5758293035489, 0.01],
  [Math.SQRT2 * 1, 0.15729920705028513],
  [Math.SQRT2 * 2, 0.004677734981047266],
  [Math.SQRT2 * 3, 2.209049699858544e-5],
  [Math.SQRT2 * 10, 2.088487583762545e-45],
])('the two-sided p of z = %f is %f', (z, p) => {
  expect(Math.abs(twoSidedP(z) / p - 1)).toBeLessThan(1e-12)
  expect(twoSidedP(-z)).toBe(twoSidedP(z))
})

test('the two methods for p meet', () => {
  const at = 2 * Math.SQRT2
  expect(twoSidedP(at * (1 - 1e-12)) / twoSidedP(at * (1 + 1e-12))).toBeCloseTo(1, 9)
})
