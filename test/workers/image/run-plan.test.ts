import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { type ImageFacts, invalidImage } from '../../../workers/image/inspect.ts'
import { runPlan } from '../../../workers/image/run-plan.ts'
import { bytesOf, processed, processJson } from '../../fixtures/images/process.ts'
import {
  animation,
  draw,
  noise,
  photo,
  photoWithAlpha,
  pixelAt,
  pixelsOf,
  quadrants,
} from '../../fixtures/images/sample-images.ts'
import { taskContext } from '../../support/task-context.ts'

const jpeg = () => photo(64, 48).jpeg().toBuffer()

describe('the picture', () => {
  const corners = async (bytes: Uint8Array) => {
    const raster = await pixelsOf(bytes)
    const { width, height } = raster
    const names = new Map([
      ['255,0,0', 'red'],
      ['0,255,0', 'green'],
      ['0,0,255', 'blue'],
      ['255,255,255', 'white'],
    ])
    const rounded = (x: number, y: number) =>
      pixelAt(raster, x, y)
        .slice(0, 3)
        .map((value) => (value > 127 ? 255 : 0))
        .join()
    const name = (x: number, y: number) => names.get(rounded(x, y))
    return [name(2, 2), name(width - 3, 2), name(2, height - 3), name(width - 3, height - 3)]
  }

  test.each([
    [1, ['red', 'green', 'blue', 'white'], 40, 20],
    [3, ['white', 'blue', 'green', 'red'], 40, 20],
    [5, ['red', 'blue', 'green', 'white'], 20, 40],
    [6, ['blue', 'red', 'white', 'green'], 20, 40],
    [8, ['green', 'white', 'red', 'blue'], 20, 40],
  ])('stands upright: EXIF orientation %d', async (orientation, expected, width, height) => {
    const image = await quadrants(40, 20).withMetadata({ orientation }).jpeg({ quality: 100 }).toBuffer()

    for (const operations of [
      [],
      [
        { type: 'filter', filter: 'blur', sigma: 0.4 },
        { type: 'resize', width: width * 2 },
      ],
    ]) {
      const result = await processed(image, operations)
      const scale = operations.length === 0 ? 1 : 2
      expect(await sharp(result).metadata()).toMatchObject({ width: width * scale, height: height * scale })
      expect(await corners(result)).toEqual(expected)
    }
  })

  test('stands upright where it is one frame of an animation, and the animation stays as it is', async () => {
    const sideways = await (await animation(['red', 'lime'], 20, 10))
      .withMetadata({ orientation: 6 })
      .webp()
      .toBuffer()

    for (const format of ['png', 'avif']) {
      expect(await processJson(sideways, [{ type: 'compress', format }])).toMatchObject({
        width: 10,
        height: 20,
      })
      expect(await sharp(await processed(sideways, [], format)).metadata()).toMatchObject({
        width: 10,
        height: 20,
      })
    }
    expect(await processJson(sideways, [{ type: 'resize', width: 40 }])).toMatchObject({
      width: 40,
      height: 20,
    })
  })

  test('is resized to fit, after it was turned upright', async () => {
    const image = await quadrants(400, 200).withMetadata({ orientation: 6 }).jpeg().toBuffer()
    const size = async (operation: object) => {
      const { width, height } = await processJson(image, [{ type: 'resize', ...operation }])
      return [width, height]
    }

    expect(await size({ width: 50 })).toEqual([50, 100])
    expect(await size({ width: 50, height: 50 })).toEqual([50, 50])
    expect(await size({ width: 50, height: 50, fit: 'inside' })).toEqual([25, 50])
    expect(await size({ width: 50, height: 50, fit: 'outside' })).toEqual([50, 100])
    expect(await size({ width: 50, height: 60, fit: 'fill' })).toEqual([50, 60])
    expect(await size({ width: 900, withoutEnlargement: true })).toEqual([200, 400])
  })

  test('is cropped at the position', async () => {
    const image = await quadrants(40, 20).png().toBuffer()
    const result = await processed(image, [
      { type: 'resize', width: 10, height: 10, position: 'right bottom' },
    ])

    const raster = await pixelsOf(result)
    expect([raster.width, raster.height]).toEqual([10, 10])
    expect(pixelAt(raster, 1, 1)).toEqual([0, 255, 0])
    expect(pixelAt(raster, 1, 8)).toEqual([255, 255, 255])
  })

  test('has transparent padding where it has alpha, and white where not', async () => {
    const contain = [{ type: 'resize', width: 40, height: 40, fit: 'contain' }]
    const alpha = await processed(await photoWithAlpha().png().toBuffer(), contain)
    const opaque = await processed(await photo().png().toBuffer(), contain)
    const flattened = await processed(await photoWithAlpha().png().toBuffer(), contain, 'jpeg')

    expect(pixelAt(await pixelsOf(alpha), 0, 0)[3]).toBe(0)
    expect(pixelAt(await pixelsOf(opaque), 0, 0)).toEqual([255, 255, 255])
    expect(pixelAt(await pixelsOf(flattened), 0, 0).every((value) => value > 250)).toBe(true)
  })

  test('is flattened on white for JPEG', async () => {
    const image = await draw(16, 16, () => [255, 0, 0, 0])
      .png()
      .toBuffer()

    expect(pixelAt(await pixelsOf(await processed(image, [], 'jpeg')), 8, 8)).toEqual([255, 255, 255])
  })

  test('keeps its alpha in PNG, WebP and AVIF', async () => {
    const image = await photoWithAlpha().png().toBuffer()
    const operations = [
      { type: 'filter', filter: 'sepia' },
      { type: 'resize', width: 30 },
    ]

    for (const format of ['png', 'webp', 'avif']) {
      expect(await sharp(await processed(image, operations, format)).metadata()).toMatchObject({
        hasAlpha: true,
        channels: 4,
      })
    }
  })

  test('is turned into sRGB by its own colour profile', async () => {
    const p3 = await draw(16, 16, () => [0, 200, 0])
      .withIccProfile('p3')
      .png()
      .toBuffer()
    expect((await sharp(p3).metadata()).icc).toBeDefined()
    const expected = await sharp(p3).raw().toBuffer()

    const result = await processed(p3, [
      { type: 'filter', filter: 'negate' },
      { type: 'filter', filter: 'negate' },
    ])

    expect((await sharp(result).metadata()).icc).toBeUndefined()
    expect(pixelAt(await pixelsOf(result), 5, 5)).toEqual([...expected.subarray(0, 3)])
  })
})

describe('the format', () => {
  test.each([
    ['tiff', 'png'],
    ['gif', 'png'],
    ['avif', 'avif'],
  ] as const)('%s becomes %s', async (from, to) => {
    const image = await photo().toFormat(from).toBuffer()

    const answer = await processJson(image)

    expect(answer.format).toBe(to)
    expect((await sharp(bytesOf(answer)).metadata()).format).toBe(to === 'avif' ? 'heif' : to)
  })

  test('an animated GIF becomes an animated WebP with the same delays', async () => {
    const gif = await (await animation(['red', 'lime', 'blue']))
      .gif({ delay: [50, 100, 150], loop: 3 })
      .toBuffer()

    const answer = await processJson(gif, [{ type: 'resize', width: 10 }])

    expect(answer).toMatchObject({ format: 'webp', width: 10, height: 5 })
    expect(await sharp(bytesOf(answer)).metadata()).toMatchObject({
      pages: 3,
      delay: [50, 100, 150],
      loop: 3,
    })
  })

  test('of a still image keeps the first frame of an animation', async () => {
    const gif = await (await animation(['#ff0000', 'lime'])).gif().toBuffer()

    const result = await pixelsOf(await processed(gif, []))

    expect([result.width, result.height]).toEqual([20, 10])
    expect(pixelAt(result, 5, 5).slice(0, 3)).toEqual([255, 0, 0])
  })

  test('quality changes the bytes of every format', async () => {
    const image = await photo(200, 150).png().toBuffer()
    for (const format of ['jpeg', 'webp', 'avif', 'png']) {
      const [low, high] = await Promise.all(
        [10, 100].map(
          async (quality) => (await processed(image, [{ type: 'compress', format, quality }])).length,
        ),
      )
      expect(low).toBeLessThan(high ?? 0)
    }
  })

  test('lossless is, and progressive is', async () => {
    const image = await photo().png().toBuffer()
    const lossless = await processed(image, [{ type: 'compress', format: 'webp', lossless: true }])
    const progressive = await processed(image, [{ type: 'compress', format: 'jpeg', progressive: true }])

    expect(await pixelsOf(lossless)).toEqual(await pixelsOf(image))
    expect((await sharp(progressive).metadata()).isProgressive).toBe(true)
  })

  test('that has no room for the size is refused', async () => {
    const image = await photo().png().toBuffer()
    const wide = [
      { type: 'resize', width: 17_000, height: 1, fit: 'fill' },
      { type: 'compress', format: 'webp' },
    ]

    await expect(processJson(image, wide)).rejects.toMatchObject({
      code: 'OUTPUT_TOO_LARGE',
      message: 'Cannot write webp of 17000 × 1 pixels: expected at most 16383 on each side',
    })
  })
})

describe('limits', () => {
  // noise: nothing in it can be predicted, so every stage has to work
  const large = () => noise(2500, 2000).png({ compressionLevel: 1 }).toBuffer()

  test('the time limit stops libvips in the middle', async () => {
    const expensive = [
      { type: 'enhance', clahe: { size: 128, maxSlope: 100 } },
      { type: 'compress', format: 'jpeg' },
    ]

    await expect(processJson(await large(), expensive, { remainingMs: 1 })).rejects.toMatchObject({
      code: 'TASK_TIMEOUT',
    })
  })

  test('no time left: nothing is started', async () => {
    await expect(processJson(await jpeg(), [], { remainingMs: 0 })).rejects.toMatchObject({
      code: 'TASK_TIMEOUT',
    })
  })

  test('a task that is no longer wanted ends between two stages', async () => {
    const reason = new DOMException('no longer wanted', 'AbortError')
    const context = { signal: AbortSignal.abort(reason) }

    await expect(processJson(await jpeg(), [], context)).rejects.toBe(reason)
  })

  test('a fault of ours is not blamed on the image', async () => {
    const broken = () => {
      throw new TypeError('a defect')
    }
    const bytes = await jpeg()
    const facts = {
      format: 'jpeg',
      size: { width: 64, height: 48 },
      storedSize: { width: 64, height: 48 },
      frames: 1,
      hasAlpha: false,
      isRgb8: true,
    } as ImageFacts
    const start = (stage: object, image: Uint8Array) =>
      runPlan({
        bytes: image,
        facts,
        plan: {
          before: [stage],
          last: {},
          encoding: { format: 'png', keepMetadata: false },
          animated: false,
          applied: [],
        },
        maxPixels: 1e6,
        deadline: taskContext(),
        reportProgress() {},
      })

    await expect(start({ step: { apply: broken } }, bytes)).rejects.toThrow(TypeError)
    await expect(start({}, bytes.subarray(0, -200))).rejects.toMatchObject({
      code: invalidImage('jpeg', '').code,
    })
  })
})
