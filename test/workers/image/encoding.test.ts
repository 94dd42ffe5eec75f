import { expect, test } from 'vitest'
import { chooseEncoding } from '../../../workers/image/encoding.ts'
import type { OutputFormat } from '../../../workers/image/operations.ts'
import { parseOperations } from '../../../workers/image/parse-operations.ts'

const small = { width: 100, height: 100 }

function choose(format: OutputFormat, options = {}, size = small) {
  const [operation] = parseOperations([{ type: 'compress', ...options }])
  if (operation?.type !== 'compress') throw new Error('A compress was wanted')
  return chooseEncoding(format, size, { operation, index: 3 })
}

test.each([
  ['jpeg', { quality: 80, progressive: false }],
  ['png', { progressive: false, effort: 6 }],
  ['webp', { quality: 80, lossless: false, effort: 4 }],
  ['avif', { quality: 50, lossless: false, effort: 3 }],
] as const)('%s has the defaults of what it has', (format, options) => {
  expect(chooseEncoding(format, small)).toEqual({ format, ...options, keepMetadata: false })
})

test.each([
  ['jpeg', { lossless: true }, 'expected lossless to be false for jpeg, got true'],
  ['jpeg', { effort: 2 }, 'expected effort to be left out for jpeg, got 2'],
  ['webp', { effort: 7 }, 'expected effort to be a whole number from 0 to 6 for webp, got 7'],
  ['webp', { progressive: true }, 'expected progressive to be false for webp, got true'],
  ['avif', { progressive: true }, 'expected progressive to be false for avif, got true'],
] as const)('%s refuses %j, with the index', (format, options, wanted) => {
  expect(() => choose(format, options)).toThrow(
    expect.objectContaining({
      code: 'OPERATION_INVALID',
      message: `Cannot use operation 3 ("compress"): ${wanted}`,
      details: expect.objectContaining({ index: 3 }),
    }),
  )
})

test.each([
  ['webp', 16_383],
  ['avif', 16_384],
  ['jpeg', 65_500],
] as const)('%s has at most %d pixels on a side', (format, most) => {
  expect(chooseEncoding(format, { width: most, height: 1 }).format).toBe(format)
  expect(() => chooseEncoding(format, { width: 1, height: most + 1 })).toThrow(
    expect.objectContaining({
      code: 'OUTPUT_TOO_LARGE',
      details: expect.objectContaining({ format, maxSide: most }),
    }),
  )
})

test('AVIF, which nothing can stop, takes less effort for more pixels', () => {
  const effort = (width: number) => chooseEncoding('avif', { width, height: 1000 }).effort

  expect([1000, 16_000, 16_001].map(effort)).toEqual([3, 3, 2])
  expect(choose('avif', { effort: 9 }, { width: 500, height: 500 }).effort).toBe(9)
  expect(() => choose('avif', { effort: 9 }, { width: 4000, height: 3000 })).toThrow(
    /expected effort to be at most 3 for an AVIF of 4000 × 3000 pixels, got 9/,
  )
})
