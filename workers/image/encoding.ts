import type { Sharp } from 'sharp'
import { TaskError } from '../../src/index.ts'
import type { Size } from './geometry.ts'
import type { CompressOperation, OutputFormat } from './operations.ts'
import { invalidOperation } from './parse-operations.ts'

/** How the result is written: a format and those options that it has, all filled in. */
export interface Encoding {
  readonly format: OutputFormat
  readonly quality?: number
  readonly lossless?: boolean
  readonly progressive?: boolean
  readonly effort?: number
  readonly keepMetadata: boolean
}

interface FormatFacts {
  /** Undefined: without a palette, see {@link encode}. */
  readonly quality: number | undefined
  readonly canBeLossy: boolean
  readonly canBeLossless: boolean
  readonly canBeProgressive: boolean
  readonly maxEffort: number | undefined
  /** Largest side in pixels. */
  readonly maxSide: number
}

/** Default qualities are sharp's own; the largest sides come from the formats and their libraries. */
const FORMATS: Readonly<Record<OutputFormat, FormatFacts>> = {
  jpeg: {
    quality: 80,
    canBeLossy: true,
    canBeLossless: false,
    canBeProgressive: true,
    maxEffort: undefined,
    maxSide: 65_500,
  },
  png: {
    quality: undefined,
    canBeLossy: false,
    canBeLossless: true,
    canBeProgressive: true,
    maxEffort: 9,
    maxSide: 1_000_000,
  },
  webp: {
    quality: 80,
    canBeLossy: true,
    canBeLossless: true,
    canBeProgressive: false,
    maxEffort: 6,
    maxSide: 16_383,
  },
  avif: {
    quality: 50,
    canBeLossy: true,
    canBeLossless: true,
    canBeProgressive: false,
    maxEffort: 9,
    maxSide: 16_384,
  },
}

/**
 * Largest AVIF in pixels for each effort, 0 to 9. The AV1 encoder cannot be stopped, not even by
 * libvips' time limit: what may take longer than about 30 s is refused beforehand. Measured with
 * noise, the slowest there is, on one core: 0.1 s a megapixel at effort 0, 1.6 at 3, 11 at 4, 100 at 9.
 */
const AVIF_MAX_PIXELS = [Infinity, Infinity, 32e6, 16e6, 2.5e6, 2.5e6, 0.75e6, 0.5e6, 0.5e6, 0.25e6] as const

/** Nearly the bytes of effort 4 in a quarter of its time. */
const AVIF_EFFORT = 3
const WEBP_EFFORT = 4
const PNG_EFFORT = 6

/** imagequant cannot be stopped either; at this effort it takes 0.5 s a megapixel, at sharp's default ten times that. */
const PALETTE_EFFORT = 3

/**
 * The encoding that a `compress` operation asks for, or the default one.
 *
 * @param size of one frame of the result
 * @throws {TaskError} `OPERATION_INVALID` for an option that the format does not have,
 *   `OUTPUT_TOO_LARGE` where the format has no room for the size
 */
export function chooseEncoding(
  format: OutputFormat,
  size: Size,
  compress?: { readonly operation: CompressOperation; readonly index: number },
): Encoding {
  const { maxSide } = FORMATS[format]
  if (Math.max(size.width, size.height) > maxSide) {
    throw new TaskError(
      'OUTPUT_TOO_LARGE',
      `Cannot write ${format} of ${size.width} × ${size.height} pixels: expected at most ${maxSide} on each side`,
      { details: { ...size, format, maxSide, ...(compress && { index: compress.index }) } },
    )
  }
  if (compress !== undefined) refuseMissingOptions(format, size, compress)
  return withDefaults(format, size, compress?.operation)
}

/** Adds the encoder to a pipeline. */
export function encode(
  image: Sharp,
  encoding: Encoding,
  animation: { readonly delay?: number[]; readonly loop?: number } = {},
): Sharp {
  const { format, quality = 100, lossless = false, progressive = false, effort = 0 } = encoding
  switch (format) {
    case 'jpeg':
      return image.jpeg({ quality, progressive })
    case 'png':
      // PNG loses nothing; what a quality can mean is a palette of at most 256 colours.
      return quality < 100
        ? image.png({ progressive, compressionLevel: effort, palette: true, quality, effort: PALETTE_EFFORT })
        : image.png({ progressive, compressionLevel: effort })
    case 'webp':
      return image.webp({ quality, lossless, effort, ...animation })
    case 'avif':
      return image.avif({ quality, lossless, effort })
  }
}

function refuseMissingOptions(
  format: OutputFormat,
  { width, height }: Size,
  { operation, index }: { operation: CompressOperation; index: number },
): void {
  const { canBeLossless, canBeProgressive, maxEffort } = FORMATS[format]
  const refuse = (path: keyof CompressOperation, expected: string) => {
    throw invalidOperation(operation, index, { path: [path], expected, received: operation[path] })
  }
  if (operation.lossless === true && !canBeLossless) refuse('lossless', `false for ${format}`)
  if (operation.progressive === true && !canBeProgressive) refuse('progressive', `false for ${format}`)
  const { effort } = operation
  if (effort === undefined) return
  if (maxEffort === undefined) refuse('effort', `left out for ${format}`)
  else if (effort > maxEffort) refuse('effort', `a whole number from 0 to ${maxEffort} for ${format}`)
  const most = format === 'avif' ? largestAvifEffort(width * height) : effort
  if (effort > most) refuse('effort', `at most ${most} for an AVIF of ${width} × ${height} pixels`)
}

function withDefaults(format: OutputFormat, size: Size, asked?: CompressOperation): Encoding {
  const facts = FORMATS[format]
  const quality = asked?.quality ?? facts.quality
  const effort = asked?.effort ?? defaultEffort(format, size)
  return {
    format,
    ...(quality !== undefined && { quality }),
    ...(facts.canBeLossy && facts.canBeLossless && { lossless: asked?.lossless ?? false }),
    ...(facts.canBeProgressive && { progressive: asked?.progressive ?? false }),
    ...(effort !== undefined && { effort }),
    keepMetadata: asked?.keepMetadata ?? false,
  }
}

function defaultEffort(format: OutputFormat, { width, height }: Size): number | undefined {
  if (format === 'avif') return Math.min(AVIF_EFFORT, largestAvifEffort(width * height))
  if (format === 'webp') return WEBP_EFFORT
  return format === 'png' ? PNG_EFFORT : undefined
}

function largestAvifEffort(pixels: number): number {
  return AVIF_MAX_PIXELS.findLastIndex((limit) => pixels <= limit)
}
