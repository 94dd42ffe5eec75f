import { expect, test } from 'vitest'
import { parseOperations } from '../../../workers/image/parse-operations.ts'

function refusal(...operations: unknown[]): { message: string; code: string; details: unknown } {
  try {
    parseOperations(operations)
  } catch (error) {
    const { message, code, details } = error as never
    return { message, code, details }
  }
  throw new Error('Nothing was refused')
}

test('defaults are filled in', () => {
  expect(
    parseOperations([
      { type: 'resize', width: 320 },
      { type: 'filter', filter: 'blur' },
      { type: 'filter', filter: 'median' },
      { type: 'enhance' },
      { type: 'enhance', gamma: 2 },
      { type: 'compress', format: 'jpg' },
    ]),
  ).toEqual([
    { type: 'resize', width: 320, fit: 'cover', position: 'centre', withoutEnlargement: false },
    { type: 'filter', filter: 'blur', sigma: 2 },
    { type: 'filter', filter: 'median', size: 3 },
    { type: 'enhance', normalise: true },
    { type: 'enhance', gamma: 2 },
    { type: 'compress', format: 'jpeg', keepMetadata: false },
  ])
})

test('an unknown operation is told by its index, with the ones that exist', () => {
  expect(refusal({ type: 'resize', width: 1 }, { type: 'rotate' })).toEqual({
    code: 'OPERATION_INVALID',
    message:
      'Cannot use operation 1 ("rotate"): expected type to be one of resize, filter, compress, enhance, got "rotate"',
    details: {
      index: 1,
      path: 'type',
      expected: 'one of resize, filter, compress, enhance',
      received: 'rotate',
    },
  })
})

test('an unknown filter is told with the ones that exist', () => {
  expect(refusal({ type: 'filter', filter: 'sepiaa' }).message).toBe(
    'Cannot use operation 0 ("filter"): expected filter to be one of grayscale, sepia, blur, sharpen, negate, median, tint, threshold, got "sepiaa"',
  )
})

test('an unknown option is told with those of the operation, and the nearest', () => {
  expect(refusal({ type: 'filter', filter: 'blur', sgima: 2 })).toMatchObject({
    message:
      'Cannot use operation 0 ("filter"): expected only the options sigma (did you mean "sigma"?), got "sgima"',
    details: { index: 0, received: 'sgima' },
  })
  expect(refusal({ type: 'filter', filter: 'sepia', amount: 2 }).message).toMatch(
    /expected no options, got "amount"/,
  )
  expect(refusal({ type: 'resize', width: 5, heigth: 2 }).message).toMatch(/did you mean "height"/)
})

test.each([
  [{ type: 'resize' }, 'expected a width, a height or both'],
  [{ type: 'resize', width: 0 }, 'expected width to be a whole number from 1 to 65535, got 0'],
  [{ type: 'resize', width: '320' }, 'expected width to be a whole number from 1 to 65535, got "320"'],
  [{ type: 'resize', width: 1.5 }, 'expected width to be a whole number from 1 to 65535, got 1.5'],
  [
    { type: 'resize', width: 9, fit: 'crop' },
    'expected fit to be one of cover, contain, fill, inside, outside, got "crop"',
  ],
  [
    { type: 'filter', filter: 'blur', sigma: 1000 },
    'expected sigma to be a number from 0.3 to 100, got 1000',
  ],
  [{ type: 'filter', filter: 'median', size: 4 }, 'expected size to be an odd whole number from 3 to 25'],
  [{ type: 'filter', filter: 'tint' }, 'expected color to be a colour like "#ff8800"'],
  [
    { type: 'filter', filter: 'tint', color: 'red' },
    'expected color to be a colour like "#ff8800" or "#f80", got "red"',
  ],
  [
    { type: 'filter', filter: 'threshold', level: 256 },
    'expected level to be a whole number from 1 to 255, got 256',
  ],
  [{ type: 'filter' }, 'expected filter to be one of grayscale, sepia'],
  [{ type: 'enhance', clahe: { size: 1 } }, 'expected clahe.size to be a whole number from 3 to 128, got 1'],
  [
    { type: 'enhance', clahe: { sise: 8 } },
    'expected clahe to be true, false or { size: 3 to 128, maxSlope: 1 to 100 }, got "sise"',
  ],
  [
    { type: 'enhance', clahe: 'yes' },
    'expected clahe to be true, false or { size: 3 to 128, maxSlope: 1 to 100 }, got "yes"',
  ],
  [{ type: 'enhance', gamma: 0 }, 'expected gamma to be a number from 0.5 to 3, got 0'],
  [{ type: 'compress', format: 'gif' }, 'expected format to be one of jpeg, jpg, png, webp, avif, got "gif"'],
  [{ type: 'compress', quality: 0 }, 'expected quality to be a whole number from 1 to 100, got 0'],
  [{ type: 'compress', keepMetadata: 'yes' }, 'expected keepMetadata to be true or false, got "yes"'],
  ['resize', 'expected an object like { "type": "resize", "width": 320 }, got "resize"'],
  [null, 'expected an object like { "type": "resize", "width": 320 }, got null'],
  [[], 'expected an object like { "type": "resize", "width": 320 }, got []'],
  [{}, 'expected type to be one of resize, filter, compress, enhance'],
])('%j is refused with what was wanted', (operation, wanted) => {
  expect(refusal(operation).code).toBe('OPERATION_INVALID')
  expect(refusal(operation).message).toContain(wanted)
})

test('a long value is not sent back', () => {
  expect(refusal({ type: 'resize', width: 'x'.repeat(1000) }).message).not.toContain('xxx')
})
