import { describe, expect, test } from 'vitest'
import { fft, realPowerSpectrum } from '../../../workers/analysis/fft.ts'
import { generate, seeded, unstopped } from './random-data.ts'

/** By the definition, in O(n²). */
function naiveTransform(re: Float64Array, im: Float64Array) {
  const n = re.length
  return Array.from({ length: n }, (_, k) => {
    let [sumRe, sumIm] = [0, 0]
    for (let t = 0; t < n; t++) {
      const angle = (-2 * Math.PI * ((k * t) % n)) / n
      const [x, y] = [re[t] ?? 0, im[t] ?? 0]
      sumRe += x * Math.cos(angle) - y * Math.sin(angle)
      sumIm += x * Math.sin(angle) + y * Math.cos(angle)
    }
    return { re: sumRe, im: sumIm }
  })
}

describe.each([1, 2, 4, 8, 64, 512])('of %i points', (n) => {
  const random = seeded(n)
  const [re, im] = [generate(n, () => random() - 0.5), generate(n, () => random() - 0.5)]

  test('the transform is what the definition says', () => {
    const [fastRe, fastIm] = [re.slice(), im.slice()]
    fft(fastRe, fastIm, unstopped)
    for (const [k, expected] of naiveTransform(re, im).entries()) {
      expect(fastRe[k]).toBeCloseTo(expected.re, 11)
      expect(fastIm[k]).toBeCloseTo(expected.im, 11)
    }
  })

  test('the power spectrum of a real signal is that of its transform', () => {
    const signal = generate(2 * n, () => random() - 0.5)
    const even = signal.filter((_, t) => t % 2 === 0)
    const odd = signal.filter((_, t) => t % 2 === 1)
    const power = realPowerSpectrum(even, odd, unstopped)
    expect(power).toHaveLength(n + 1)
    const transform = naiveTransform(signal, new Float64Array(2 * n))
    for (const [k, value] of power.entries()) {
      const expected = transform[k] ?? { re: Number.NaN, im: Number.NaN }
      expect(value).toBeCloseTo(expected.re ** 2 + expected.im ** 2, 10)
    }
  })
})

test('a transform too large for the cache keeps the energy, and a wave in one place', () => {
  const n = 2 ** 15
  const re = generate(n, (t) => Math.cos((2 * Math.PI * 1234 * t) / n))
  const im = new Float64Array(n)
  fft(re, im, unstopped)
  const energy = re.reduce((sum, x, k) => sum + x ** 2 + (im[k] ?? 0) ** 2, 0)
  expect(energy / (n * (n / 2))).toBeCloseTo(1, 12)
  expect(re[1234]).toBeCloseTo(n / 2, 7)
  expect(re[n - 1234]).toBeCloseTo(n / 2, 7)
  expect(Math.max(...re.subarray(0, 1234), ...im)).toBeLessThan(1e-7)
})
