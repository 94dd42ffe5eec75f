import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { BinaryOutput } from '../../src/index.ts'
import { formsOf } from '../../src/tasks/task-input.ts'
import processImage from '../../workers/process-image.ts'
import { bytesOf, processBytes, processJson, run } from '../fixtures/images/process.ts'
import { photo, SVG } from '../fixtures/images/sample-images.ts'
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

  await processImage.run({ form: 'json', value }, context)

  expect(reported).toEqual([1 / 3, 2 / 3])
})
