import { expect, test } from 'vitest'
import { operationsOfQuery, operationsOfText, parameters } from '../../../workers/image/query-operations.ts'

const operationsOf = (query: Record<string, string>) => operationsOfQuery(parameters.parse(query))

test('the shorthand runs in the order resize, filter, enhance, compress, whatever the order in the query', () => {
  const query = {
    quality: '80',
    format: 'webp',
    enhance: 'true',
    filter: 'grayscale',
    fit: 'cover',
    width: '320',
  }

  expect(operationsOf(query)).toEqual([
    { type: 'resize', width: 320, fit: 'cover' },
    { type: 'filter', filter: 'grayscale' },
    { type: 'enhance', normalise: true },
    { type: 'compress', format: 'webp', quality: 80 },
  ])
})

test('a filter takes its option from the query', () => {
  expect(operationsOf({ filter: 'blur', sigma: '1.5' })).toEqual([
    { type: 'filter', filter: 'blur', sigma: 1.5 },
  ])
})

test('a flag without a value is a yes, and enhance=false asks for nothing', () => {
  expect(operationsOf({ enhance: '', keepMetadata: 'true' })).toEqual([
    { type: 'enhance', normalise: true },
    { type: 'compress', keepMetadata: true },
  ])
  expect(operationsOf({ enhance: 'false' })).toEqual([])
})

test('a query without operations asks for none', () => {
  expect(operationsOf({})).toBeUndefined()
})

test('operations is JSON', () => {
  expect(operationsOf({ operations: '[{"type":"enhance"}]' })).toEqual([{ type: 'enhance' }])
})

test('operations together with the shorthand is refused, naming the shorthand', () => {
  expect(() => operationsOf({ operations: '[]', width: '5', filter: 'sepia' })).toThrow(
    expect.objectContaining({
      code: 'PARAMETERS_INVALID',
      message:
        'Cannot use operations together with width, filter: expected either operations or the shorthand',
    }),
  )
})

test.each(['{', '{}', '"resize"', '', JSON.stringify(Array.from({ length: 33 }, () => ({})))])(
  'operations that are not a short JSON array are refused: %s',
  (text) => {
    expect(() => operationsOfText(text, 'INPUT_INVALID')).toThrow(
      expect.objectContaining({
        code: 'INPUT_INVALID',
        message: expect.stringContaining('expected a JSON array of at most 32 operations'),
      }),
    )
  },
)

test.each([
  { width: 'wide' },
  { width: '0' },
  { width: '-5' },
  { width: '1e3' },
  { quality: '101' },
  { format: 'gif' },
  { filter: 'none' },
  { enhance: 'yes' },
  { witdh: '5' },
])('%j is refused', (query) => {
  expect(parameters.safeParse(query).success).toBe(false)
})
