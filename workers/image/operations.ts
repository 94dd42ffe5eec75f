import { z } from 'zod'

/** Formats that an answer can have. */
export const OUTPUT_FORMATS = ['jpeg', 'png', 'webp', 'avif'] as const
export type OutputFormat = (typeof OUTPUT_FORMATS)[number]

/** Operations in one request. Each may cost a pass over all pixels. */
export const MAX_OPERATIONS = 32

// Each message is a phrase that completes "expected …".

const flag = z.boolean('true or false')

export const option = {
  side: whole(1, 65_535),
  fit: oneOf(['cover', 'contain', 'fill', 'inside', 'outside']),
  position: oneOf([
    'centre',
    'center',
    'top',
    'right top',
    'right',
    'right bottom',
    'bottom',
    'left bottom',
    'left',
    'left top',
    'north',
    'northeast',
    'east',
    'southeast',
    'south',
    'southwest',
    'west',
    'northwest',
    'entropy',
    'attention',
  ]),
  filter: oneOf(['grayscale', 'sepia', 'blur', 'sharpen', 'negate', 'median', 'tint', 'threshold']),
  /** `jpg` is what file names say, so clients write it. */
  format: oneOf(['jpeg', 'jpg', 'png', 'webp', 'avif']).transform((name) => (name === 'jpg' ? 'jpeg' : name)),
  quality: whole(1, 100),
  effort: whole(0, 9),
  blurSigma: between(0.3, 100),
  sharpenSigma: between(0.3, 10),
  medianSize: whole(3, 25).refine((size) => size % 2 === 1, 'an odd whole number from 3 to 25'),
  thresholdLevel: whole(1, 255),
  color: z
    .string('a colour like "#ff8800"')
    .regex(/^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i, 'a colour like "#ff8800" or "#f80"'),
} as const

const resize = z
  .strictObject({
    type: z.literal('resize'),
    width: option.side.optional(),
    height: option.side.optional(),
    fit: option.fit.default('cover'),
    position: option.position.default('centre'),
    withoutEnlargement: flag.default(false),
  })
  .refine(({ width, height }) => width !== undefined || height !== undefined, 'a width, a height or both')

const filter = z.discriminatedUnion('filter', [
  filterNamed('grayscale', {}),
  filterNamed('sepia', {}),
  filterNamed('blur', { sigma: option.blurSigma.default(2) }),
  filterNamed('sharpen', { sigma: option.sharpenSigma.default(1) }),
  filterNamed('negate', {}),
  filterNamed('median', { size: option.medianSize.default(3) }),
  filterNamed('tint', { color: option.color }),
  filterNamed('threshold', { level: option.thresholdLevel.default(128) }),
])

const compress = z.strictObject({
  type: z.literal('compress'),
  format: option.format.optional(),
  quality: option.quality.optional(),
  lossless: flag.optional(),
  progressive: flag.optional(),
  effort: option.effort.optional(),
  keepMetadata: flag.default(false),
})

const claheWanted = 'true, false or { size: 3 to 128, maxSlope: 1 to 100 }'
const claheOptions = z.strictObject(
  { size: whole(3, 128).default(64), maxSlope: whole(1, 100).default(3) },
  claheWanted,
)

const enhance = z.strictObject({
  type: z.literal('enhance'),
  normalise: flag.optional(),
  clahe: z.union([flag, claheOptions], claheWanted).optional(),
  gamma: between(0.5, 3).optional(),
  brightness: between(0, 5).optional(),
  saturation: between(0, 5).optional(),
  contrast: between(0, 5).optional(),
})

/**
 * One operation, as documented by `GET /api/tasks`. `type` says which; for a filter, `filter` says
 * which filter. Strict: an option that does not exist is an error and not ignored.
 */
export const operationSchema = z.discriminatedUnion('type', [resize, filter, compress, enhance])

export type Operation = z.output<typeof operationSchema>
export type ResizeOperation = z.output<typeof resize>
export type FilterOperation = z.output<typeof filter>
export type CompressOperation = z.output<typeof compress>
export type EnhanceOperation = z.output<typeof enhance>

/** The options of an operation with this `type` (and `filter`); empty where there is none. */
export function optionNames(operation: unknown): string[] {
  const { type, filter: name } = operation as { type?: unknown; filter?: unknown }
  if (type === 'filter') {
    const found = filter.options.find(({ shape }) => shape.filter.value === name)
    return Object.keys(found?.shape ?? {}).filter((key) => key !== 'type' && key !== 'filter')
  }
  const found = [resize, compress, enhance].find(({ shape }) => shape.type.value === type)
  return Object.keys(found?.shape ?? {}).filter((key) => key !== 'type')
}

function filterNamed<const Name extends string, Options extends z.ZodRawShape>(name: Name, options: Options) {
  return z.strictObject({ type: z.literal('filter'), filter: z.literal(name), ...options })
}

function whole(min: number, max: number) {
  const wanted = `a whole number from ${min} to ${max}`
  return z.int(wanted).min(min, wanted).max(max, wanted)
}

function between(min: number, max: number) {
  const wanted = `a number from ${min} to ${max}`
  return z.number(wanted).min(min, wanted).max(max, wanted)
}

function oneOf<const Names extends readonly [string, ...string[]]>(names: Names) {
  return z.enum(names, `one of ${names.join(', ')}`)
}
