import { closest } from 'fastest-levenshtein'
import type { z } from 'zod'
import { TaskError } from '../../src/index.ts'
import { type Operation, operationSchema, optionNames } from './operations.ts'

/**
 * The operations of a request, validated and with defaults filled in.
 *
 * @throws {TaskError} `OPERATION_INVALID` for the first that cannot be used. Its details: `index`
 * (from 0), `path` to the option, `expected` and, where it is short enough to tell, `received`.
 */
export function parseOperations(operations: readonly unknown[]): Operation[] {
  return operations.map((operation, index) => {
    const result = operationSchema.safeParse(operation, { reportInput: true })
    if (result.success) return withAutomaticEnhance(result.data)
    const [issue] = result.error.issues
    throw invalidOperation(operation, index, issue ? problemOf(issue, operation) : { path: [] })
  })
}

/** What is wrong with an operation. */
export interface OperationProblem {
  readonly path: readonly PropertyKey[]
  readonly expected?: string
  readonly received?: unknown
}

/**
 * @param operation as the caller wrote it; its `type` goes into the message
 * @param index from 0
 */
export function invalidOperation(
  operation: unknown,
  index: number,
  { path, expected = 'a valid operation', received }: OperationProblem,
): TaskError {
  const option = path.join('.')
  const wanted = option === '' ? expected : `${option} to be ${expected}`
  const shown = shortly(received)
  return new TaskError(
    'OPERATION_INVALID',
    `Cannot use operation ${index}${typeOf(operation)}: expected ${wanted}${shown === undefined ? '' : `, got ${shown}`}`,
    { details: { index, path: option, expected, ...(shown !== undefined && { received }) } },
  )
}

/** An `enhance` that names nothing asks for the automatic one: luminance stretched to the full range. */
function withAutomaticEnhance(operation: Operation): Operation {
  if (operation.type !== 'enhance' || Object.keys(operation).length > 1) return operation
  return { ...operation, normalise: true }
}

function problemOf(issue: z.core.$ZodIssue, operation: unknown): OperationProblem {
  if (issue.code === 'unrecognized_keys') return unknownOption(issue, operation)
  if (issue.code === 'invalid_union' && issue.discriminator !== undefined) {
    return {
      path: issue.path,
      expected: `one of ${optionsOf(issue)}`,
      received: valueAt(operation, issue.path),
    }
  }
  if (issue.path.length === 0 && issue.code === 'invalid_type') {
    return { path: [], expected: 'an object like { "type": "resize", "width": 320 }', received: operation }
  }
  const received = issue.code === 'custom' ? undefined : valueAt(operation, issue.path)
  return { path: issue.path, expected: issue.message, received }
}

function optionsOf(issue: z.core.$ZodIssueInvalidUnion): string {
  return 'options' in issue && Array.isArray(issue.options) ? issue.options.join(', ') : 'the known names'
}

function unknownOption(issue: z.core.$ZodIssueUnrecognizedKeys, operation: unknown): OperationProblem {
  const [name = ''] = issue.keys
  if (issue.path.length > 0) return { path: issue.path, expected: issue.message, received: name }
  const known = optionNames(operation)
  if (known.length === 0) return { path: [], expected: 'no options', received: name }
  const near = JSON.stringify(closest(name, known))
  return {
    path: [],
    expected: `only the options ${known.join(', ')} (did you mean ${near}?)`,
    received: name,
  }
}

function typeOf(operation: unknown): string {
  const { type } = (operation ?? {}) as { type?: unknown }
  return typeof type === 'string' ? ` (${shortly(type)})` : ''
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], value)
}

/** The value as JSON, or undefined where it is too long to be told. */
function shortly(value: unknown): string | undefined {
  const text = JSON.stringify(value)
  return text !== undefined && text.length <= 80 ? text : undefined
}
