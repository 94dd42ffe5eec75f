import sharp from 'sharp'
import { beforeAll, describe, expect, test } from 'vitest'
import type { ImageFacts } from '../../../workers/image/inspect.ts'
import { parseOperations } from '../../../workers/image/parse-operations.ts'
import { planImage } from '../../../workers/image/plan.ts'
import { processed } from '../../fixtures/images/process.ts'
import {
  animation,
  largestDifference,
  noise,
  photo,
  photoWithAlpha,
  pixelsOf,
} from '../../fixtures/images/sample-images.ts'

const resize = { type: 'resize', width: 40, height: 30 }
const filter = (name: string, options = {}) => ({ type: 'filter', filter: name, ...options })
const enhance = (options: object) => ({ type: 'enhance', ...options })

const everyOperation: Record<string, object> = {
  resize,
  contain: { type: 'resize', width: 50, height: 50, fit: 'contain' },
  grayscale: filter('grayscale'),
  sepia: filter('sepia'),
  blur: filter('blur', { sigma: 1.2 }),
  sharpen: filter('sharpen', { sigma: 1.5 }),
  negate: filter('negate'),
  median: filter('median'),
  tint: filter('tint', { color: '#3080c0' }),
  threshold: filter('threshold', { level: 110 }),
  normalise: enhance({ normalise: true }),
  clahe: enhance({ clahe: { size: 12 } }),
  darker: enhance({ gamma: 0.6 }),
  brighter: enhance({ gamma: 2 }),
  modulate: enhance({ brightness: 1.2, saturation: 1.4 }),
  contrast: enhance({ contrast: 1.3 }),
}

const pairs = Object.keys(everyOperation).flatMap((first) =>
  Object.keys(everyOperation).map((second) => [first, second] as const),
)

/** Each operation by itself, with a lossless image in between. */
async function oneByOne(image: Uint8Array, operations: object[], format = 'png'): Promise<Uint8Array> {
  let result = image
  for (const operation of operations) {
    result = await processed(result, [operation, { type: 'compress', format, lossless: true }])
  }
  return result
}

async function pairsThatDiffer(
  image: Uint8Array,
  some: readonly (readonly [string, string])[],
): Promise<string[]> {
  const afterFirst = new Map<string, Uint8Array>()
  const differing: string[] = []
  for (const [first, second] of some) {
    const [one, other] = [everyOperation[first] ?? {}, everyOperation[second] ?? {}]
    const actual = await pixelsOf(await processed(image, [one, other]))
    // The same for every pair that begins with it.
    const between = afterFirst.get(first) ?? (await oneByOne(image, [one]))
    afterFirst.set(first, between)
    const difference = largestDifference(actual, await pixelsOf(await oneByOne(between, [other])))
    if (difference > 1) differing.push(`${first}, ${second}: ${difference}`)
  }
  return differing
}

describe('operations run in the order given', () => {
  let images: Record<string, Uint8Array>

  beforeAll(async () => {
    images = {
      colour: await photo().png().toBuffer(),
      alpha: await photoWithAlpha().png().toBuffer(),
      'sixteen bits': await photo().toColourspace('rgb16').png().toBuffer(),
      grey: await photo().toColourspace('b-w').png().toBuffer(),
    }
  })

  test.each(['colour', 'alpha', 'sixteen bits', 'grey'])(
    'every pair of them, on an image with %s',
    async (kind) => {
      expect(await pairsThatDiffer(images[kind] ?? new Uint8Array(), pairs)).toEqual([])
    },
  )

  test('on an image with CMYK, which is turned into RGB first', async () => {
    const image = await photo().toColourspace('cmyk').tiff().toBuffer()
    const some = ['grayscale', 'tint', 'threshold', 'normalise'].map((second) => ['resize', second] as const)

    expect(await pairsThatDiffer(image, [...some, ['negate', 'sepia']])).toEqual([])
  })

  test('also with JPEG, where alpha is flattened on white at the end and not before', async () => {
    const image = images.alpha ?? new Uint8Array()
    const negative = await processed(image, [
      filter('negate'),
      { type: 'compress', format: 'jpeg', quality: 100 },
    ])

    const expected = await sharp(await processed(image, [filter('negate')]))
      .flatten({ background: '#fff' })
      .png()
      .toBuffer()
    expect(largestDifference(await pixelsOf(negative), await pixelsOf(expected))).toBeLessThan(40)
    expect((await pixelsOf(negative)).data.subarray(-3).every((value) => value > 245)).toBe(true)
  })

  test.each([
    { first: filter('blur', { sigma: 2 }), second: filter('threshold') },
    { first: resize, second: filter('sharpen', { sigma: 3 }) },
    { first: filter('median', { size: 5 }), second: filter('sepia') },
    { first: filter('threshold'), second: resize },
  ])('and another order gives another image: $first and $second', async ({ first, second }) => {
    const image = await noise(64, 48).png().toBuffer()

    const forwards = await pixelsOf(await processed(image, [first, second]))
    const backwards = await pixelsOf(await processed(image, [second, first]))

    expect(largestDifference(forwards, backwards)).toBeGreaterThan(20)
    expect(
      largestDifference(forwards, await pixelsOf(await oneByOne(image, [first, second]))),
    ).toBeLessThanOrEqual(1)
    expect(
      largestDifference(backwards, await pixelsOf(await oneByOne(image, [second, first]))),
    ).toBeLessThanOrEqual(1)
  })

  test('the same operation twice counts twice', async () => {
    const image = await noise(40, 40).png().toBuffer()
    const halve = { type: 'resize', width: 20 }
    const quarter = { type: 'resize', width: 10 }

    const twice = await pixelsOf(await processed(image, [halve, quarter]))
    const once = await pixelsOf(await processed(image, [quarter]))

    expect([twice.width, twice.height]).toEqual([10, 10])
    expect(largestDifference(twice, once)).toBeGreaterThan(2)
  })
})

describe('an animation', () => {
  const colours = ['#ff0000', '#00ff00', '#0000ff']

  test.each([
    filter('blur', { sigma: 4 }),
    filter('median', { size: 7 }),
    filter('sharpen', { sigma: 4 }),
    enhance({ clahe: { size: 8 } }),
  ])('has frames that do not run into each other: %j', async (operation) => {
    const gif = await (await animation(colours)).gif().toBuffer()
    const still = async (colour: string) => {
      const frame = await sharp({ create: { width: 20, height: 10, channels: 3, background: colour } })
        .png()
        .toBuffer()
      return (await pixelsOf(await processed(frame, [operation]))).data
    }

    const result = await processed(gif, [operation, { type: 'compress', format: 'webp', lossless: true }])

    const raster = await sharp(result, { animated: true }).removeAlpha().raw().toBuffer()
    expect(raster.length).toBe(3 * 20 * 10 * 3)
    const expected = Buffer.concat(await Promise.all(colours.map(still)))
    expect(raster.equals(expected)).toBe(true)
  })

  test('keeps its frames, delays and rounds through several stages', async () => {
    const gif = await (await animation(colours)).gif({ delay: [100, 200, 300], loop: 2 }).toBuffer()

    const result = await processed(
      gif,
      [filter('blur'), { type: 'resize', width: 10 }, filter('negate')],
      'webp',
    )

    expect(await sharp(result).metadata()).toMatchObject({
      format: 'webp',
      width: 10,
      height: 5,
      pages: 3,
      delay: [100, 200, 300],
      loop: 2,
    })
  })
})

describe('the plan', () => {
  const facts: ImageFacts = {
    format: 'jpeg',
    size: { width: 4000, height: 3000 },
    storedSize: { width: 4000, height: 3000 },
    frames: 1,
    hasAlpha: false,
    isRgb8: true,
    delay: undefined,
    loop: undefined,
    exif: undefined,
    xmp: undefined,
  }
  const plan = (operations: object[], others: Partial<ImageFacts> = {}) =>
    planImage(parseOperations(operations), { ...facts, ...others }, 'webp', 50_000_000)

  test.each([
    [[]],
    [[{ type: 'compress', format: 'webp' }]],
    [[resize, { type: 'compress', format: 'webp' }]],
    [[resize, filter('grayscale'), { type: 'compress', format: 'webp' }]],
    [[filter('sepia')]],
  ])('needs one pipeline for %j', (operations) => {
    expect(plan(operations).before).toEqual([])
  })

  test('needs one pipeline for resize and compress with alpha, 16 bits and animation too', () => {
    const others = { hasAlpha: true, isRgb8: false, frames: 10 }

    expect(plan([resize, { type: 'compress', quality: 70 }], others).before).toEqual([])
  })

  test('counts the last compress alone', () => {
    const { encoding, applied } = plan([
      { type: 'compress', format: 'png', keepMetadata: true },
      resize,
      { type: 'compress', quality: 33 },
    ])

    expect(encoding).toEqual({ format: 'webp', quality: 33, lossless: false, effort: 4, keepMetadata: false })
    expect(applied.map(({ type }) => type)).toEqual(['resize', 'compress'])
  })

  test('refuses a result with too many pixels, with the index of the resize', () => {
    const huge = [filter('blur'), { type: 'resize', width: 20_000 }]

    expect(() => plan(huge)).toThrow(
      expect.objectContaining({
        code: 'OUTPUT_TOO_LARGE',
        details: { index: 1, width: 20_000, height: 15_000, frames: 1, maxPixels: 50_000_000 },
      }),
    )
  })

  test('refuses an intermediate result with too many pixels', () => {
    expect(() => plan([{ type: 'resize', width: 20_000 }, resize])).toThrow(
      expect.objectContaining({ code: 'OUTPUT_TOO_LARGE' }),
    )
  })

  test('counts all frames of the result', () => {
    const gif = { format: 'gif', storedSize: { width: 100, height: 100 }, frames: 60 } as const

    expect(() => plan([{ type: 'resize', width: 1000 }], gif)).toThrow(
      expect.objectContaining({ code: 'OUTPUT_TOO_LARGE' }),
    )
  })

  test('refuses a position that depends on the pixels for an animation', () => {
    const attention = [{ type: 'resize', width: 10, height: 10, position: 'attention' }]

    expect(() => plan(attention, { frames: 3 })).toThrow(
      expect.objectContaining({
        code: 'OPERATION_INVALID',
        details: expect.objectContaining({ index: 0, path: 'position' }),
      }),
    )
  })
})
