import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { autocorrelation } from '../../../workers/analysis/autocorrelation.ts'
import { deviationsOf, momentsOf } from '../../../workers/analysis/moments.ts'
import { statisticalAnalysis } from '../../../workers/analysis/statistical.ts'
import { digits, exactStatistics } from './exact-statistics.ts'
import { unstopped } from './random-data.ts'

interface Certified {
  readonly n: number
  readonly mean: string
  readonly sampleStandardDeviation: string
  readonly lag1Autocorrelation: string
}

const folder = new URL('../../fixtures/nist/', import.meta.url)
const certified: Record<string, Certified> = JSON.parse(
  readFileSync(new URL('certified.json', folder), 'utf8'),
)

/**
 * Digits of the certified values that the nearest doubles still hold, where these are fewer than 13:
 * next to 1000000.2 doubles lie 1.2e-10 apart, next to 10000000.2 1.9e-9, and the deviation is 0.1.
 */
const attainable: Record<string, { deviation: number; lag1: number }> = {
  numacc3: { deviation: 9, lag1: 12 },
  numacc4: { deviation: 8, lag1: 11 },
}

function read(name: string): Float64Array {
  const lines = readFileSync(new URL(`${name}.txt`, folder), 'utf8')
    .trim()
    .split('\n')
  return Float64Array.from(lines, Number)
}

describe.each(Object.entries(certified))('NIST %s', (name, expected) => {
  const values = read(name)
  const moments = momentsOf(values, unstopped)
  const result = {
    ...statisticalAnalysis(values, values.toSorted(), moments, unstopped),
    lag1Autocorrelation: autocorrelation(deviationsOf(values, moments, unstopped), unstopped)?.lag1,
  }
  const exact = exactStatistics(values)
  const certifiedDeviation = Number(expected.sampleStandardDeviation)
  const certifiedLag1 = Number(expected.lag1Autocorrelation)

  test('has the certified count and mean', () => {
    expect(result.count).toBe(expected.n)
    expect(digits(result.mean, Number(expected.mean))).toBeGreaterThan(14.5)
  })

  test('has 13 digits of the certified deviation and autocorrelation, or what the doubles hold of them', () => {
    const least = attainable[name] ?? { deviation: 13, lag1: 13 }
    expect(digits(result.sampleStandardDeviation, certifiedDeviation)).toBeGreaterThan(least.deviation)
    expect(digits(result.lag1Autocorrelation, certifiedLag1)).toBeGreaterThan(least.lag1)
  })

  test('agrees to 14 digits with exact arithmetic on the doubles', () => {
    expect(digits(result.mean, exact.mean)).toBeGreaterThan(15)
    expect(digits(result.variance, exact.variance)).toBeGreaterThan(14)
    expect(digits(result.sampleStandardDeviation, exact.sampleStandardDeviation)).toBeGreaterThan(14)
    expect(digits(result.lag1Autocorrelation, exact.lag1Autocorrelation)).toBeGreaterThan(14)
  })
})

test.each(Object.entries(attainable))(
  '%s holds no more certified digits in exact arithmetic either',
  (name, held) => {
    const exact = exactStatistics(read(name))
    const { sampleStandardDeviation, lag1Autocorrelation } = certified[name] as Certified
    expect({
      deviation: Math.floor(digits(exact.sampleStandardDeviation, Number(sampleStandardDeviation))),
      lag1: Math.floor(digits(exact.lag1Autocorrelation, Number(lag1Autocorrelation))),
    }).toEqual(held)
  },
)
