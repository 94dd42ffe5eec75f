import { z } from 'zod'
import { TaskError } from '../../src/index.ts'
import { MAX_OPERATIONS, option } from './operations.ts'

/** The query of the task: either `operations` as JSON, or the shorthand. */
export const parameters = z.strictObject({
  operations: z
    .string()
    .optional()
    .describe('The operations as a JSON array. Not together with the shorthand.'),
  width: wholeText(option.side),
  height: wholeText(option.side),
  fit: option.fit.optional(),
  position: option.position.optional(),
  withoutEnlargement: flagText(),
  filter: option.filter.optional(),
  sigma: numberText(z.number()).describe('For filter=blur or filter=sharpen.'),
  size: wholeText(option.medianSize).describe('For filter=median.'),
  color: option.color.optional().describe('For filter=tint.'),
  level: wholeText(option.thresholdLevel).describe('For filter=threshold.'),
  enhance: flagText(),
  format: option.format.optional(),
  quality: wholeText(option.quality),
  lossless: flagText(),
  progressive: flagText(),
  effort: wholeText(option.effort),
  keepMetadata: flagText(),
})

export type ImageParameters = z.output<typeof parameters>

/**
 * The operations that the query asks for: those in `operations`, or those of the shorthand in the
 * fixed order resize, filter, enhance, compress. Undefined where the query asks for none.
 *
 * @throws {TaskError} `PARAMETERS_INVALID` where both are there
 */
export function operationsOfQuery(query: ImageParameters): unknown[] | undefined {
  const shorthand = Object.keys(query).filter((name) => name !== 'operations')
  if (query.operations === undefined) return shorthand.length === 0 ? undefined : shorthandOperations(query)
  if (shorthand.length > 0) {
    throw new TaskError(
      'PARAMETERS_INVALID',
      `Cannot use operations together with ${shorthand.join(', ')}: expected either operations or the shorthand`,
      { details: { errors: shorthand.map((path) => ({ path, message: 'not together with operations' })) } },
    )
  }
  return operationsOfText(query.operations, 'PARAMETERS_INVALID')
}

/** @throws {TaskError} with the given code where the text is not a JSON array of at most 32 elements */
export function operationsOfText(text: string, code: 'PARAMETERS_INVALID' | 'INPUT_INVALID'): unknown[] {
  const operations = parseJson(text)
  if (Array.isArray(operations) && operations.length <= MAX_OPERATIONS) return operations
  const problem = Array.isArray(operations)
    ? `got ${operations.length}`
    : `got ${JSON.stringify(text.slice(0, 80))}`
  const wanted = `expected a JSON array of at most ${MAX_OPERATIONS} operations`
  throw new TaskError(code, `Cannot use "operations": ${wanted}, ${problem}`, {
    details: { errors: [{ path: 'operations', message: `${wanted}, ${problem}` }] },
  })
}

/** Options stay undefined where the query does not name them; the operation's own schema fills in the rest. */
function shorthandOperations(query: ImageParameters): unknown[] {
  const { width, height, fit, position, withoutEnlargement } = query
  const { filter, sigma, size, color, level } = query
  const { format, quality, lossless, progressive, effort, keepMetadata } = query
  const groups: [type: string, options: Record<string, unknown>][] = [
    ['resize', { width, height, fit, position, withoutEnlargement }],
    ['filter', { filter, sigma, size, color, level }],
    ['enhance', query.enhance === true ? { normalise: true } : {}],
    ['compress', { format, quality, lossless, progressive, effort, keepMetadata }],
  ]
  return groups
    .map(([type, options]) => ({ type, ...present(options) }))
    .filter((operation) => Object.keys(operation).length > 1)
}

function present(options: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function wholeText<Schema extends z.ZodType<number, number>>(schema: Schema) {
  return z
    .string()
    .regex(/^\d{1,9}$/, 'expected a whole number')
    .transform(Number)
    .pipe(schema)
    .optional()
}

function numberText<Schema extends z.ZodType<number, number>>(schema: Schema) {
  return z
    .string()
    .regex(/^\d{1,9}(\.\d{1,9})?$/, 'expected a number')
    .transform(Number)
    .pipe(schema)
    .optional()
}

/** A name without a value, as in `?enhance`, is a yes. */
function flagText() {
  return z
    .enum(['true', 'false', ''], 'expected true or false')
    .transform((text) => text !== 'false')
    .optional()
}
