import sharp, { type Metadata } from 'sharp'
import { TaskError } from '../../src/index.ts'
import { isCutOff } from './cut-off.ts'
import type { Size } from './geometry.ts'
import { INPUT_FORMATS, type InputFormat, sniffFormat } from './sniff-format.ts'

export interface ImageLimits {
  /** Width × height, all frames together. */
  readonly maxPixels: number
  readonly maxFrames: number
}

/** What the header of an image says. */
export interface ImageFacts {
  readonly format: InputFormat
  /** Of one frame, upright. */
  readonly size: Size
  /** Of one frame as it is stored. Differs where the camera was held upright. */
  readonly storedSize: Size
  /** Frames of an animation; 1 for everything else. Of a TIFF or AVIF with several images the main one counts. */
  readonly frames: number
  readonly hasAlpha: boolean
  /** 8 bits a channel in RGB: what all operations work on. Others are converted first. */
  readonly isRgb8: boolean
  /** Milliseconds that each frame is shown. */
  readonly delay: readonly number[] | undefined
  /** Rounds of an animation; 0 is for ever. */
  readonly loop: number | undefined
  readonly exif: Uint8Array | undefined
  readonly xmp: Uint8Array | undefined
}

/**
 * Reads the header and holds it against the limits, before any pixel is decoded.
 *
 * @throws {TaskError} `IMAGE_INVALID`, `IMAGE_FORMAT_UNSUPPORTED` or `IMAGE_TOO_LARGE`
 */
export async function inspectImage(bytes: Uint8Array, limits: ImageLimits): Promise<ImageFacts> {
  const format = supportedFormat(bytes)
  const header = await readHeader(format, bytes)
  const frames = format === 'gif' || format === 'webp' ? (header.pages ?? 1) : 1
  const { autoOrient: size, width, height } = header
  refuseTooLarge({ ...size, frames }, limits)
  return {
    format,
    size,
    storedSize: { width, height },
    frames,
    hasAlpha: header.hasAlpha,
    isRgb8: header.space === 'srgb' && header.depth === 'uchar',
    delay: header.delay,
    loop: header.loop,
    exif: header.exif,
    xmp: header.xmp,
  }
}

/** @param reason what libvips said of it */
export function invalidImage(format: InputFormat, reason: string, cause?: unknown): TaskError {
  return new TaskError('IMAGE_INVALID', `Cannot read the image: it begins like ${format}, but ${reason}`, {
    details: { format },
    cause,
  })
}

function supportedFormat(bytes: Uint8Array): InputFormat {
  const supported = [...INPUT_FORMATS]
  if (bytes.length === 0) {
    throw new TaskError('IMAGE_INVALID', 'Cannot read the image: it is empty', { details: { supported } })
  }
  const format = sniffFormat(bytes)
  if (format === undefined) {
    throw new TaskError(
      'IMAGE_INVALID',
      `Cannot read the image: expected ${supported.join(', ')}, got other bytes`,
      {
        details: { supported },
      },
    )
  }
  if (!isSupported(format)) throw unsupported(format)
  return format
}

function isSupported(format: string): format is InputFormat {
  return INPUT_FORMATS.some((supported) => supported === format)
}

function unsupported(format: string): TaskError {
  const supported = [...INPUT_FORMATS]
  return new TaskError(
    'IMAGE_FORMAT_UNSUPPORTED',
    `Cannot use an image of the format ${format}: expected ${supported.join(', ')}`,
    { details: { format, supported } },
  )
}

/** Red, green, blue and alpha, or CMYK. A TIFF may have any number. */
const MAX_CHANNELS = 4

/** Without a limit of its own, so that the answer can say how large the image is: no pixel is decoded here. */
async function readHeader(format: InputFormat, bytes: Uint8Array): Promise<Metadata> {
  const header = await sharp(bytes, { limitInputPixels: false, limitInputChannels: false })
    .metadata()
    .catch((error: Error) => {
      throw invalidImage(format, 'its header is damaged or its end is missing', error)
    })
  // HEIC says `mif1` at times, which an AVIF may say too.
  if (format === 'avif' && header.compression !== 'av1') throw unsupported('heif')
  if (header.channels > MAX_CHANNELS) throw unsupported(`${format} with ${header.channels} channels`)
  if (isCutOff(format, bytes)) throw invalidImage(format, 'its end is missing')
  return header
}

function refuseTooLarge(
  { width, height, frames }: { width: number; height: number; frames: number },
  { maxPixels, maxFrames }: ImageLimits,
): void {
  const details = { width, height, frames, maxPixels, maxFrames }
  if (frames > maxFrames) {
    throw new TaskError(
      'IMAGE_TOO_LARGE',
      `Cannot use the image: expected at most ${maxFrames} frames, got ${frames}`,
      { details },
    )
  }
  const pixels = width * height * frames
  if (pixels <= maxPixels) return
  const each = frames > 1 ? ` × ${frames} frames` : ''
  throw new TaskError(
    'IMAGE_TOO_LARGE',
    `Cannot use the image: expected at most ${maxPixels} pixels, got ${pixels} (${width} × ${height}${each})`,
    { details },
  )
}
