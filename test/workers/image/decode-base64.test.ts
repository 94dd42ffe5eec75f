import { expect, test } from 'vitest'
import { decodeBase64Image } from '../../../workers/image/decode-base64.ts'

const bytes = Buffer.from(Array.from({ length: 300 }, (_, index) => (index * 37) % 256))

test.each([
  ['base64', ''],
  ['a data URL', 'data:image/png;base64,'],
  ['a data URL of another media type than the content', 'data:image/svg+xml;base64,'],
  ['a data URL with a parameter', 'data:image/png;charset=utf-8;base64,'],
  ['a data URL without a media type', 'data:;base64,'],
  ['a data URL in capitals', 'DATA:IMAGE/PNG;BASE64,'],
])('%s is decoded', (_, prefix) => {
  expect(Buffer.from(decodeBase64Image(prefix + bytes.toString('base64'))).equals(bytes)).toBe(true)
})

test.each([0, 1, 2, 3, 4, 5])('%d bytes after a multiple of three are decoded', (more) => {
  const some = bytes.subarray(0, 30 + more)

  expect(Buffer.from(decodeBase64Image(some.toString('base64'))).equals(some)).toBe(true)
})

test.each([
  ['', 'expected base64 text, got none'],
  ['data:image/png;base64,', 'expected base64 text, got none'],
  ['abc', 'a multiple of 4 characters, got 3 characters'],
  ['AAAA!AAA', 'got "!" at position 4'],
  ['data:image/png;base64,AAAA!AAA', 'got "!" at position 26'],
  ['AAAA AAA', 'got " " at position 4'],
  ['AAAA\nAAA', 'got "\\n" at position 4'],
  ['AA-_', 'got "-" at position 2'],
  ['AA==AAAA', 'got "=" at position 2'],
  ['AAA=AAA=', 'got "=" at position 3'],
  ['A===', 'got "=" at position 1'],
  ['====', 'got "=" at position 0'],
  ['AAAÄ', 'got "Ä" at position 3'],
  ['AA=A', 'got "=" at position 2'],
  [
    'data:image/png,AAAA',
    'expected a data URL that starts like "data:image/png;base64,", got "data:image/png,AAAA"',
  ],
  ['data:text/html;base64,AAAA', 'expected a data URL that starts like "data:image/png;base64,"'],
  ['data:image/png;base64', 'expected a data URL'],
])('%j is refused with what is wrong', (imageData, problem) => {
  expect(() => decodeBase64Image(imageData)).toThrow(
    expect.objectContaining({
      code: 'INPUT_INVALID',
      message: expect.stringContaining(problem),
      details: { errors: [{ path: 'imageData', message: expect.stringContaining(problem) }] },
    }),
  )
})
