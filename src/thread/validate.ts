import type { z } from 'zod'
import { TaskError } from '../tasks/task-error.ts'

/** Of a million wrong elements, the first few are enough to find the mistake. */
const MAX_PROBLEMS = 20

/**
 * What the schema makes of a value.
 *
 * @throws {TaskError} with `details.errors`: a path and a message for each of the first problems
 */
export function validate(
  schema: z.ZodType,
  value: unknown,
  code: 'INPUT_INVALID' | 'PARAMETERS_INVALID',
): unknown {
  const result = schema.safeParse(value, { reportInput: true })
  if (result.success) return result.data
  const problems = result.error.issues.slice(0, MAX_PROBLEMS).map(({ path, message, input }) => ({
    path: path.join('.'),
    message: `${wanted(message)}${got(input)}`,
  }))
  const [first] = problems
  const place = first?.path ? `"${first.path}"` : code === 'INPUT_INVALID' ? 'the input' : 'the query'
  throw new TaskError(code, `Cannot use ${place}: ${first?.message}`, { details: { errors: problems } })
}

/** A schema's own message may be just what it wants, like "a number from 1 to 9". */
function wanted(message: string): string {
  return /expected|unrecognized/i.test(message) ? message : `expected ${message}`
}

/** The value that was wrong, where it is short enough to be told. */
function got(input: unknown): string {
  if (input === undefined || (typeof input === 'object' && input !== null)) return ''
  const text = JSON.stringify(input) ?? typeof input
  return `, got ${text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH)}…` : text}`
}

const MAX_VALUE_LENGTH = 80
