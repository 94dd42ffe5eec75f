import sharp from 'sharp'
import { beforeAll, expect, test } from 'vitest'
import { processed } from '../../fixtures/images/process.ts'
import {
  allPixels,
  draw,
  largestDifference,
  noise,
  photo,
  photoWithAlpha,
  pixelAt,
  pixelsOf,
  type Raster,
  variance,
} from '../../fixtures/images/sample-images.ts'

let original: Uint8Array
let before: Raster

beforeAll(async () => {
  original = await photo().png().toBuffer()
  before = await pixelsOf(original)
})

async function filtered(filter: string, options = {}, image = original): Promise<Raster> {
  return pixelsOf(await processed(image, [{ type: 'filter', filter, ...options }]))
}

async function enhanced(options = {}, image = original): Promise<Raster> {
  return pixelsOf(await processed(image, [{ type: 'enhance', ...options }]))
}

function range({ data }: Raster): [number, number] {
  return [data.reduce((a, b) => Math.min(a, b)), data.reduce((a, b) => Math.max(a, b))]
}

function mean({ data }: Raster): number {
  return data.reduce((sum, value) => sum + value, 0) / data.length
}

/** Mean distance of the channels of a pixel from each other. */
function colourfulness(raster: Raster): number {
  const spreads = allPixels(raster).map((channels) => Math.max(...channels) - Math.min(...channels))
  return spreads.reduce((sum, spread) => sum + spread, 0) / spreads.length
}

test('grayscale leaves red, green and blue equal, with the luminance of the colour', async () => {
  const after = await filtered('grayscale')

  expect(allPixels(after).every(([red, green, blue]) => red === green && green === blue)).toBe(true)
  const expected = await sharp(original).grayscale().raw().toBuffer()
  expect(
    largestDifference(after, {
      ...after,
      data: await sharp(expected, { raw: { width: 64, height: 48, channels: 1 } })
        .toColourspace('srgb')
        .raw()
        .toBuffer(),
    }),
  ).toBeLessThanOrEqual(1)
})

test('grayscale is written with one channel, not three', async () => {
  const result = await processed(original, [{ type: 'filter', filter: 'grayscale' }], 'jpeg')

  expect(await sharp(result).metadata()).toMatchObject({ format: 'jpeg', channels: 1 })
})

test('sepia follows its matrix', async () => {
  const after = await filtered('sepia')

  for (const [index, [r = 0, g = 0, b = 0]] of allPixels(before).entries()) {
    const expected = [
      0.393 * r + 0.769 * g + 0.189 * b,
      0.349 * r + 0.686 * g + 0.168 * b,
      0.272 * r + 0.534 * g + 0.131 * b,
    ].map((value) => Math.min(255, value))
    const actual = pixelAt(after, index % 64, Math.floor(index / 64))
    for (const [channel, value] of expected.entries()) {
      expect(Math.abs((actual[channel] ?? -9) - value)).toBeLessThanOrEqual(1)
    }
  }
})

test('blur lowers the variance, more with a larger sigma', async () => {
  const noisy = await noise(64, 48).png().toBuffer()
  const [none, little, much] = [
    await pixelsOf(noisy),
    await filtered('blur', { sigma: 0.6 }, noisy),
    await filtered('blur', { sigma: 5 }, noisy),
  ]

  expect(variance(little)).toBeLessThan(variance(none) * 0.9)
  expect(variance(much)).toBeLessThan(variance(little) / 4)
})

test('sharpen raises the contrast at an edge', async () => {
  const edge = await draw(20, 20, (x) => (x < 10 ? [100, 100, 100] : [150, 150, 150]))
    .png()
    .toBuffer()
  const soft = await processed(edge, [{ type: 'filter', filter: 'blur', sigma: 1.5 }])
  const after = await filtered('sharpen', { sigma: 2 }, soft)

  const step = (raster: Raster) => (pixelAt(raster, 11, 10)[0] ?? 0) - (pixelAt(raster, 8, 10)[0] ?? 0)
  expect(step(after)).toBeGreaterThan(step(await pixelsOf(soft)))
})

test('negate is exact, and twice gives the original', async () => {
  const after = await filtered('negate')
  const twice = await pixelsOf(
    await processed(original, [
      { type: 'filter', filter: 'negate' },
      { type: 'filter', filter: 'negate' },
    ]),
  )

  expect([...after.data]).toEqual([...before.data].map((value) => 255 - value))
  expect(largestDifference(twice, before)).toBe(0)
})

test('median removes salt from an even surface', async () => {
  const salted = await draw(30, 30, (x, y) => (x % 7 === 3 && y % 5 === 2 ? [255, 255, 255] : [80, 90, 100]))
    .png()
    .toBuffer()

  const after = await filtered('median', { size: 3 }, salted)

  expect(allPixels(after).every((pixel) => pixel.join() === '80,90,100')).toBe(true)
})

test('tint gives greys the hue of the colour and keeps black and white', async () => {
  const greys = await draw(3, 1, (x) => [x, x, x].map((value) => Math.round(value * 127.5)))
    .png()
    .toBuffer()

  const after = await filtered('tint', { color: '#ff8800' }, greys)

  const [black = [], middle = [], white = []] = allPixels(after)
  expect(black.every((value) => value <= 2) && white.every((value) => value >= 253)).toBe(true)
  expect(middle[0]).toBeGreaterThan(middle[1] ?? 0)
  expect(middle[1]).toBeGreaterThan(middle[2] ?? 0)
})

test('tint colours an image that is stored as grey', async () => {
  const grey = await photo().toColourspace('b-w').png().toBuffer()

  expect(colourfulness(await filtered('tint', { color: '#f80' }, grey))).toBeGreaterThan(20)
})

test('threshold leaves black and white only, split at its level', async () => {
  const ramp = await draw(256, 1, (x) => [x, x, x])
    .png()
    .toBuffer()

  const after = await filtered('threshold', { level: 100 }, ramp)

  expect(allPixels(after).map(([value]) => value)).toEqual(
    Array.from({ length: 256 }, (_, x) => (x < 100 ? 0 : 255)),
  )
})

test.each(['grayscale', 'sepia', 'negate', 'median', 'threshold', 'tint'])(
  '%s leaves alpha as it is',
  async (filter) => {
    const transparent = await photoWithAlpha().png().toBuffer()

    const after = await filtered(filter, filter === 'tint' ? { color: '#f80' } : {}, transparent)

    const alpha = (raster: Raster) => allPixels(raster).map((pixel) => pixel[3])
    expect(alpha(after)).toEqual(alpha(await pixelsOf(transparent)))
  },
)

test('clahe leaves alpha as it is', async () => {
  const transparent = await photoWithAlpha().png().toBuffer()

  const after = await enhanced({ clahe: { size: 8 } }, transparent)

  const alpha = (raster: Raster) => allPixels(raster).map((pixel) => pixel[3])
  expect(alpha(after)).toEqual(alpha(await pixelsOf(transparent)))
})

test('blur lets no hidden colour out of transparent pixels', async () => {
  const image = await draw(40, 20, (x) => (x < 20 ? [255, 0, 0, 255] : [0, 255, 0, 0]))
    .png()
    .toBuffer()

  const after = await filtered('blur', { sigma: 3 }, image)

  expect(allPixels(after).every(([, green = 0]) => green <= 2)).toBe(true)
})

test('enhance without options stretches the luminance to the full range', async () => {
  const dull = await draw(64, 48, (x, y) => [90 + x / 2, 95 + y / 2, 100 + x / 3].map(Math.round))
    .png()
    .toBuffer()

  const after = await enhanced({}, dull)

  const [low, high] = range(after)
  expect(low).toBeLessThan(20)
  expect(high).toBeGreaterThan(235)
  expect(largestDifference(after, await enhanced({ normalise: true }, dull))).toBe(0)
})

test('enhance: clahe raises local contrast', async () => {
  const dull = await draw(64, 64, (x, y) => [
    100 + ((x ^ y) % 16),
    100 + ((x ^ y) % 16),
    100 + ((x ^ y) % 16),
  ])
    .png()
    .toBuffer()

  expect(variance(await enhanced({ clahe: { size: 16, maxSlope: 10 } }, dull))).toBeGreaterThan(
    4 * variance(await pixelsOf(dull)),
  )
})

test.each([0.5, 0.8, 1, 1.6, 3])('enhance: gamma %d follows its formula', async (gamma) => {
  const ramp = await draw(256, 1, (x) => [x, x, x])
    .png()
    .toBuffer()

  const after = await enhanced({ gamma }, ramp)

  for (const [x, [value = -9]] of allPixels(after).entries()) {
    expect(Math.abs(value - 255 * (x / 255) ** (1 / gamma))).toBeLessThanOrEqual(1.5)
  }
})

test('enhance: brightness makes brighter above 1 and darker below', async () => {
  expect(mean(await enhanced({ brightness: 1.3 }))).toBeGreaterThan(mean(before) * 1.1)
  expect(mean(await enhanced({ brightness: 0.6 }))).toBeLessThan(mean(before) * 0.8)
})

test('enhance: saturation 0 is grey, above 1 more colourful', async () => {
  expect(colourfulness(await enhanced({ saturation: 0 }))).toBeLessThan(2)
  expect(colourfulness(await enhanced({ saturation: 1.5 }))).toBeGreaterThan(colourfulness(before) * 1.1)
})

test('enhance: contrast turns around middle grey', async () => {
  const ramp = await draw(3, 1, (x) => [64 + 64 * x, 64 + 64 * x, 64 + 64 * x])
    .png()
    .toBuffer()

  const after = await enhanced({ contrast: 1.5 }, ramp)

  expect(allPixels(after).map(([value]) => value)).toEqual([32, 128, 224])
})

test.each([
  { type: 'filter', filter: 'median', size: 25 },
  { type: 'filter', filter: 'sharpen', sigma: 10 },
  { type: 'filter', filter: 'blur', sigma: 100 },
  { type: 'enhance', normalise: true, clahe: true },
])('an image that is smaller than the window is no problem: %j', async (operation) => {
  for (const [width, height] of [
    [1, 1],
    [2, 30],
    [9, 4],
  ] as const) {
    const resized = { type: 'resize', width, height, fit: 'fill' }
    for (const image of [original, await photoWithAlpha().png().toBuffer()]) {
      const after = await pixelsOf(await processed(image, [resized, operation]))
      expect([after.width, after.height]).toEqual([width, height])
    }
  }
})
