import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { BinaryOutput } from '../../src/index.ts'
import { formsOf } from '../../src/tasks/task-input.ts'
import { type ImageFacts, invalidImage } from '../../workers/image/inspect.ts'
import { runPlan } from '../../workers/image/run-plan.ts'
import processImage from '../../workers/process-image.ts'
import { bytesOf, processBytes, processed, processJson, run } from '../fixtures/images/process.ts'
import {
  animation,
  draw,
  noise,
  photo,
  photoWithAlpha,
  pixelAt,
  pixelsOf,
  quadrants,
  SVG,
} from '../fixtures/images/sample-images.ts'
import { taskContext } from '../support/task-context.ts'

const jpeg = () => photo(64, 48).jpeg().toBuffer()

describe('the JSON form', () => {
  test('answers with a data URL and what it holds', async () => {
    const answer = await processJson(await jpeg(), [
      { type: 'resize', width: 32 },
      { type: 'compress', format: 'webp', quality: 70 },
    ])

    expect(answer).toEqual({
      processedImage: expect.stringMatching(/^data:image\/webp;base64,/),
      format: 'webp',
      width: 32,
      height: 24,
      bytes: bytesOf(answer).length,
      operations: [
        { type: 'resize', width: 32, fit: 'cover', position: 'centre', withoutEnlargement: false },
        { type: 'compress', format: 'webp', quality: 70, lossless: false, effort: 4, keepMetadata: false },
      ],
    })
    expect(await sharp(bytesOf(answer)).metadata()).toMatchObject({ format: 'webp', width: 32, height: 24 })
  })

  test('takes a data URL and does not believe its media type', async () => {
    const png = await photo().png().toBuffer()

    const answer = await processJson(`data:image/jpeg;base64,${png.toString('base64')}`, [])

    expect(answer.format).toBe('png')
  })

  test.each([[undefined], [[]]])('re-encodes without operations: %j', async (operations) => {
    const answer = await processJson(await jpeg(), operations)

    expect(answer).toMatchObject({ format: 'jpeg', width: 64, height: 48, operations: [] })
  })

  test('takes the operations from the query where the body has none', async () => {
    const answer = await processJson(await jpeg(), undefined, { parameters: { width: 16 } })

    expect(answer.width).toBe(16)
  })

  test('refuses operations in the body and in the query', async () => {
    await expect(processJson(await jpeg(), [], { parameters: { width: 16 } })).rejects.toMatchObject({
      code: 'PARAMETERS_INVALID',
      message: expect.stringContaining('Cannot use width in the query'),
    })
  })

  test('tells a wrong operation before the image is even decoded', async () => {
    await expect(processJson('!', [{ type: 'resize', width: 1 }, { type: 'crop' }])).rejects.toMatchObject({
      code: 'OPERATION_INVALID',
      details: { index: 1, path: 'type', received: 'crop' },
    })
  })

  test('refuses what is not base64, and base64 of what is not an image', async () => {
    await expect(processJson('AAA?', [])).rejects.toMatchObject({ code: 'INPUT_INVALID' })
    await expect(processJson(Buffer.from('not an image'), [])).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
    })
    await expect(processJson(SVG, [])).rejects.toMatchObject({ code: 'IMAGE_FORMAT_UNSUPPORTED' })
  })
})

describe('the form of bytes', () => {
  test('answers with bytes, in the order resize, filter, enhance, compress', async () => {
    const query = {
      width: 32,
      height: 24,
      fit: 'cover',
      filter: 'grayscale',
      enhance: true,
      format: 'webp',
      quality: 80,
    }

    const answer = await processBytes(await jpeg(), query)

    expect(answer.contentType).toBe('image/webp')
    expect(await sharp(answer.bytes).metadata()).toMatchObject({ format: 'webp', width: 32, height: 24 })
  })

  test('takes operations as JSON in the query', async () => {
    const answer = await processBytes(await jpeg(), { operations: '[{"type":"resize","height":12}]' })

    expect(await sharp(answer.bytes).metadata()).toMatchObject({ format: 'jpeg', width: 16, height: 12 })
  })

  test('gives bytes that can leave the thread without a copy', async () => {
    for (const format of ['jpeg', 'png', 'webp', 'avif']) {
      const { bytes } = await processBytes(await jpeg(), { format })

      expect(bytes.byteLength).toBe(bytes.buffer.byteLength)
      const moved = structuredClone(bytes.buffer as ArrayBuffer, { transfer: [bytes.buffer as ArrayBuffer] })
      expect((await sharp(moved).metadata()).width).toBe(64)
    }
  })

  test('goes by the content, whatever the media type says', async () => {
    const page = Buffer.from('<!doctype html><p>image/png</p>')
    const input = { form: 'bytes', bytes: new Uint8Array(page), mediaType: 'image/png' }
    const context = { parameters: {} }

    await expect(run(input, context)).rejects.toMatchObject({ code: 'IMAGE_INVALID' })
    const webp = new Uint8Array(await photo().webp().toBuffer())
    expect(await run({ ...input, bytes: webp }, context)).toMatchObject({ contentType: 'image/webp' })
  })
})

describe('the multipart form', () => {
  const upload = (bytes: Uint8Array, fields: Record<string, string> = {}) => ({
    form: 'multipart',
    files: { image: { bytes: new Uint8Array(bytes), filename: 'a.txt', mediaType: 'text/plain' } },
    fields,
  })

  test('answers with bytes', async () => {
    const operations = JSON.stringify([{ type: 'compress', format: 'png' }])

    const answer = (await run(upload(await jpeg(), { operations }), { parameters: {} })) as BinaryOutput

    expect(answer.contentType).toBe('image/png')
    expect((await sharp(answer.bytes).metadata()).format).toBe('png')
  })

  test('takes the query where there is no field', async () => {
    expect(await run(upload(await jpeg()), { parameters: { format: 'webp' } })).toMatchObject({
      contentType: 'image/webp',
    })
  })

  test('refuses the field together with the query, a field that is not JSON, and no file', async () => {
    const image = await jpeg()

    await expect(
      run(upload(image, { operations: '[]' }), { parameters: { width: 5 } }),
    ).rejects.toMatchObject({
      code: 'PARAMETERS_INVALID',
    })
    await expect(run(upload(image, { operations: 'resize' }), { parameters: {} })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
    })
    await expect(run({ form: 'multipart', files: {}, fields: {} }, { parameters: {} })).rejects.toMatchObject(
      {
        code: 'INPUT_INVALID',
        message: 'Cannot use "image": expected a file, got none',
      },
    )
  })
})

describe('Accept', () => {
  test('turns bytes into JSON', async () => {
    expect(await processBytes(await jpeg(), { width: 8 }, { accept: 'application/json' })).toMatchObject({
      format: 'jpeg',
      width: 8,
      processedImage: expect.stringMatching(/^data:image\/jpeg;base64,/),
    })
  })

  test('turns JSON into bytes', async () => {
    expect(await processJson(await jpeg(), [], { accept: 'image/*' })).toMatchObject({
      contentType: 'image/jpeg',
    })
  })

  test('chooses a format where no operation names one', async () => {
    const answer = await processBytes(await jpeg(), {}, { accept: 'image/webp' })

    expect(answer.contentType).toBe('image/webp')
    expect((await sharp(answer.bytes).metadata()).format).toBe('webp')
  })

  test('that cannot be met is refused', async () => {
    await expect(
      processBytes(await jpeg(), { format: 'png' }, { accept: 'image/webp' }),
    ).rejects.toMatchObject({
      code: 'NOT_ACCEPTABLE',
    })
  })
})

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

describe('metadata', () => {
  const xmp =
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></x:xmpmeta>'
  const tagged = () =>
    quadrants(40, 20)
      .withMetadata({ orientation: 6 })
      .withExifMerge({
        IFD0: { Copyright: 'Ada' },
        IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 0/1' },
      })
      .withXmp(xmp)
      .jpeg()
      .toBuffer()
  const severalStages = [
    { type: 'filter', filter: 'sepia' },
    { type: 'filter', filter: 'blur' },
  ]

  test('is there to begin with', async () => {
    const { exif, xmp: packet, icc, orientation } = await sharp(await tagged()).metadata()

    expect([exif?.includes('Ada'), packet?.includes('xmpmeta'), icc !== undefined, orientation]).toEqual([
      true,
      true,
      true,
      6,
    ])
  })

  test.each([{ operations: [] }, { operations: severalStages }])(
    'is stripped after $operations.length operations',
    async ({ operations }) => {
      for (const format of ['jpeg', 'png', 'webp', 'avif']) {
        const result = await processed(await tagged(), [...operations, { type: 'compress', format }])
        const { exif, xmp: packet, iptc, icc, orientation } = await sharp(result).metadata()
        expect([exif, packet, iptc, icc, orientation]).toEqual([
          undefined,
          undefined,
          undefined,
          undefined,
          undefined,
        ])
        expect(Buffer.from(result).includes('Ada')).toBe(false)
      }
    },
  )

  test.each([{ operations: [] }, { operations: severalStages }])(
    'is kept after $operations.length operations, where that is asked for',
    async ({ operations }) => {
      for (const format of ['jpeg', 'png', 'webp', 'avif']) {
        const result = await processed(await tagged(), [
          ...operations,
          { type: 'compress', format, keepMetadata: true },
        ])
        const { exif, xmp: packet, icc, orientation, width, height } = await sharp(result).metadata()
        expect(exif?.includes('Ada')).toBe(true)
        expect(packet?.includes('xmpmeta')).toBe(true)
        expect(icc).toBeDefined()
        // It stands upright by now, and no tag may turn it again.
        expect([width, height, orientation ?? 1]).toEqual([20, 40, 1])
      }
    },
  )
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
      width: 64,
      height: 48,
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

test('the catalogue shows every operation with its options', () => {
  const { json } = formsOf(processImage.input)
  const schema = z.toJSONSchema(json ?? z.never(), { io: 'input', unrepresentable: 'any' })

  expect(JSON.stringify(schema)).toContain(
    '"sigma":{"default":2,"type":"number","minimum":0.3,"maximum":100}',
  )
  expect(schema).toMatchObject({
    properties: { operations: { type: 'array', maxItems: 32, items: { oneOf: expect.any(Array) } } },
  })
})

test('progress is reported after each stage', async () => {
  const reported: number[] = []
  const context = {
    ...taskContext({ parameters: {} }),
    reportProgress: (fraction: number) => reported.push(fraction),
  }
  const operations = ['negate', 'sepia', 'blur'].map((filter) => ({ type: 'filter', filter }))
  const value = { imageData: (await jpeg()).toString('base64'), operations }

  await processImage.run({ form: 'json', value }, context as never)

  expect(reported).toEqual([1 / 3, 2 / 3])
})
