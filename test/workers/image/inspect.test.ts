import type { Sharp } from 'sharp'
import { describe, expect, test } from 'vitest'
import { inspectImage } from '../../../workers/image/inspect.ts'
import { processBytes } from '../../fixtures/images/process.ts'
import {
  animation,
  gifClaiming,
  noise,
  photo,
  photoWithAlpha,
  pngClaiming,
  SVG,
} from '../../fixtures/images/sample-images.ts'

const limits = { maxPixels: 50_000_000, maxFrames: 256 }
const inspect = (bytes: Uint8Array) => inspectImage(bytes, limits)

const encoders = {
  jpeg: (image: Sharp) => image.jpeg(),
  'progressive jpeg': (image: Sharp) => image.jpeg({ progressive: true }),
  png: (image: Sharp) => image.png(),
  webp: (image: Sharp) => image.webp(),
  'lossless webp': (image: Sharp) => image.webp({ lossless: true }),
  avif: (image: Sharp) => image.avif({ effort: 0 }),
  gif: (image: Sharp) => image.gif(),
  tiff: (image: Sharp) => image.tiff(),
}

describe('the format', () => {
  test.each(Object.entries(encoders))('is told by the content: %s', async (name, encode) => {
    const facts = await inspect(await encode(photo(40, 30)).toBuffer())

    expect(facts).toMatchObject({
      format: name.split(' ').at(-1),
      size: { width: 40, height: 30 },
      frames: 1,
      isRgb8: true,
    })
  })

  test('alpha and depth are seen', async () => {
    expect(await inspect(await photoWithAlpha().png().toBuffer())).toMatchObject({ hasAlpha: true })
    expect(await inspect(await photo().toColourspace('rgb16').png().toBuffer())).toMatchObject({
      isRgb8: false,
    })
    expect(await inspect(await photo().toColourspace('b-w').jpeg().toBuffer())).toMatchObject({
      isRgb8: false,
    })
  })

  test('the size is the one that stands upright', async () => {
    const sideways = await photo(40, 30).withMetadata({ orientation: 6 }).jpeg().toBuffer()

    expect(await inspect(sideways)).toMatchObject({
      size: { width: 30, height: 40 },
      storedSize: { width: 40, height: 30 },
    })
  })

  test.each([
    ['svg', SVG],
    ['svg', Buffer.from('\ufeff  <!-- a --><SVG width="9" height="9"/>')],
    ['heif', Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1')],
    ['bmp', Buffer.concat([Buffer.from('BM\x46\0\0\0\0\0\0\0', 'latin1'), Buffer.alloc(60)])],
    ['jxl', Buffer.from('\xff\x0a\x00\x00', 'latin1')],
    ['pdf', Buffer.from('%PDF-1.7')],
  ])('%s is known and refused', async (format, bytes) => {
    await expect(inspect(bytes)).rejects.toMatchObject({
      code: 'IMAGE_FORMAT_UNSUPPORTED',
      details: { format, supported: ['jpeg', 'png', 'webp', 'avif', 'gif', 'tiff'] },
    })
  })

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('hello, I am not an image')],
    ['a page', Buffer.from('<!doctype html><html><body>hello</body></html>')],
    ['zeros', Buffer.alloc(1000)],
    ['a JPEG of three bytes', Buffer.from([0xff, 0xd8, 0xff])],
    ['a PNG of eight bytes', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')],
    ['a WebP of twelve bytes', Buffer.from('RIFF\xff\xff\xff\xffWEBP', 'latin1')],
  ])('%s is not an image', async (_, bytes) => {
    await expect(inspect(bytes)).rejects.toMatchObject({ code: 'IMAGE_INVALID' })
  })

  test('more channels than colour and alpha need are refused', async () => {
    const band = await photo().extractChannel(0).png().toBuffer()
    const five = await photo().joinChannel([band, band]).tiff({ compression: 'deflate' }).toBuffer()

    await expect(inspect(five)).rejects.toMatchObject({
      code: 'IMAGE_FORMAT_UNSUPPORTED',
      message: expect.stringMatching(
        /^Cannot use an image of the format tiff with [5-9] channels: expected jpeg/,
      ),
    })
  })

  test('no comment in an SVG makes the search for its start slow', async () => {
    const comments = Buffer.from('<!---->'.repeat(10_000))

    await expect(inspect(comments)).rejects.toMatchObject({ code: 'IMAGE_INVALID' })
  })
})

describe('a bomb', () => {
  test('a PNG that claims 60000 × 60000 pixels is refused by its header', async () => {
    await expect(inspect(pngClaiming(60_000, 60_000))).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
      message: 'Cannot use the image: expected at most 50000000 pixels, got 3600000000 (60000 × 60000)',
      details: { width: 60_000, height: 60_000, frames: 1, maxPixels: 50_000_000, maxFrames: 256 },
    })
  })

  test('all frames of an animation count', async () => {
    await expect(inspect(gifClaiming(1000, 1000, 100))).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
      message:
        'Cannot use the image: expected at most 50000000 pixels, got 100000000 (1000 × 1000 × 100 frames)',
    })
    expect(await inspect(gifClaiming(1000, 1000, 50))).toMatchObject({ frames: 50 })
  })

  test('more frames than are allowed are refused, however small', async () => {
    await expect(inspect(gifClaiming(1, 1, 257))).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
      message: 'Cannot use the image: expected at most 256 frames, got 257',
    })
  })

  test('an animated WebP counts like a GIF', async () => {
    const webp = await (await animation(['red', 'lime', 'blue'])).webp().toBuffer()

    await expect(inspectImage(webp, { maxPixels: 599, maxFrames: 9 })).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
    })
    expect(await inspectImage(webp, { maxPixels: 600, maxFrames: 3 })).toMatchObject({ frames: 3 })
  })
})

describe('what is cut off is refused', () => {
  const cases = Object.keys(encoders).flatMap((name) => [0.3, 0.6, 0.98].map((part) => ({ name, part })))
  const encode = async (name: string) => encoders[name as keyof typeof encoders](noise(400, 300)).toBuffer()

  test.each(cases)('$name at $part of its bytes', async ({ name, part }) => {
    const whole = await encode(name)
    const cut = whole.subarray(0, whole.length * part)

    await expect(processBytes(cut)).rejects.toMatchObject({ code: 'IMAGE_INVALID' })
    await expect(processBytes(cut, { width: 50 })).rejects.toMatchObject({ code: 'IMAGE_INVALID' })
  })

  test.each(['jpeg', 'png'])('%s, even where the missing part would be cropped away', async (name) => {
    const whole = await encode(name)
    const top = { width: 400, height: 20, position: 'top' }

    await expect(processBytes(whole.subarray(0, -3), top)).rejects.toMatchObject({ code: 'IMAGE_INVALID' })
    expect(await processBytes(whole, top)).toMatchObject({ contentType: `image/${name}` })
  })

  test('a JPEG whose thumbnail has an end, and whose own is missing', async () => {
    const thumbnail = await photo(8, 8).jpeg().toBuffer()
    const length = Buffer.alloc(2)
    length.writeUInt16BE(thumbnail.length + 2)
    const whole = await encode('jpeg')
    const withThumbnail = Buffer.concat([
      whole.subarray(0, 2),
      Buffer.from([0xff, 0xef]),
      length,
      thumbnail,
      whole.subarray(2),
    ])

    expect(await inspect(withThumbnail)).toMatchObject({ format: 'jpeg' })
    await expect(inspect(withThumbnail.subarray(0, -2))).rejects.toMatchObject({ code: 'IMAGE_INVALID' })
  })
})

describe('what is damaged is refused', () => {
  test.each(['png', 'jpeg', 'progressive jpeg', 'gif', 'avif'])('%s', async (name) => {
    const damaged = await encoders[name as keyof typeof encoders](noise(400, 300)).toBuffer()
    const middle = Math.floor(damaged.length * 0.6)
    damaged.fill(0xff, middle, middle + 400)

    await expect(processBytes(damaged)).rejects.toMatchObject({ code: 'IMAGE_INVALID' })
  })

  test('bytes after the end do no harm', async () => {
    for (const name of ['jpeg', 'png'] as const) {
      const trailed = Buffer.concat([await encoders[name](photo()).toBuffer(), Buffer.alloc(500, 7)])
      expect(await processBytes(trailed)).toMatchObject({ contentType: `image/${name}` })
    }
  })
})
