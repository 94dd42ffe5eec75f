import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import sharp from 'sharp'
import type { ExpectedAnswer } from '../harness/expected-answer.ts'
import type { Picture } from './pictures.ts'

/** What is asked for, and the bytes that it has to be. */
export interface WantedImage {
  /** With the picture that it is made of. */
  readonly file: string
  readonly width: number
  readonly format: 'jpeg' | 'webp'
  readonly expected: ExpectedAnswer
}

/** A size and a format to ask for. */
export type ImageKind = Pick<WantedImage, 'width' | 'format'>

export const PHOTO: ImageKind = { width: 720, format: 'jpeg' }
export const THUMBNAIL: ImageKind = { width: 256, format: 'webp' }
export const QUALITY = 80
/** Of 255, on average over all channels of all pixels. What the encoders lose of these pictures is 3.6 to 5.5. */
const MAX_DIFFERENCE = 10

/** @throws where sharp itself does not make of a picture what it should be */
export function wantedImages(pictures: readonly Picture[], kind: ImageKind): Promise<WantedImage[]> {
  return Promise.all(
    pictures.map(async (picture) => {
      const image = await sharp(picture.file, { autoOrient: true })
        .resize({ width: kind.width })
        .toFormat(kind.format, { quality: QUALITY })
        .toBuffer()
      await assertSmaller(image, picture, kind)
      const sha256 = createHash('sha256').update(image).digest('hex')
      return { ...kind, file: picture.file, expected: { kind: 'bytes', sha256 } }
    }),
  )
}

/** Looks at the result: what it is, how large, free of metadata, and as far from the original as an encoder may be. */
async function assertSmaller(image: Buffer, picture: Picture, { width, format }: ImageKind): Promise<void> {
  const height = Math.round((picture.height * width) / picture.width)
  const { format: gotFormat, width: gotWidth, height: gotHeight, exif } = await sharp(image).metadata()
  const difference = await differenceOf(image, await readFile(picture.file), { width, height })
  const got = `${gotFormat} ${gotWidth} × ${gotHeight}`
  const isRight =
    got === `${format} ${width} × ${height}` && exif === undefined && difference < MAX_DIFFERENCE
  if (isRight) return
  throw new Error(
    `Cannot use what sharp made of ${picture.file}: expected ${format} ${width} × ${height} without EXIF and at most ${MAX_DIFFERENCE} from it, got ${got} ${exif === undefined ? 'without' : 'with'} EXIF and ${difference}`,
  )
}

/** The original gets small in one step of averaging here, without what its decoder could do for that. */
async function differenceOf(
  image: Buffer,
  original: Buffer,
  size: { width: number; height: number },
): Promise<number> {
  const upright = await sharp(original, { autoOrient: true }).raw().toBuffer({ resolveWithObject: true })
  const small = sharp(upright.data, { raw: upright.info }).resize({ ...size, fit: 'fill', kernel: 'linear' })
  const [expected, got] = await Promise.all([small.raw().toBuffer(), sharp(image).raw().toBuffer()])
  let sum = 0
  for (const [index, value] of expected.entries()) sum += Math.abs(value - (got[index] ?? 0))
  return sum / expected.length
}
