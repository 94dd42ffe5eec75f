import { describe, expect, test } from 'vitest'
import { fingerprintOf, type TaskInput } from '../../src/thread/fingerprint.ts'

const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text)).buffer
const of = (members: Partial<TaskInput> = {}) =>
  fingerprintOf({
    task: 'echo',
    query: 'shout=yes',
    contentType: 'application/json',
    contentEncoding: undefined,
    accept: '*/*',
    body: bytesOf('{"message":"x"}'),
    ...members,
  })

test('is 128 bits, the same for the same', () => {
  expect(of()).toMatch(/^[\da-f]{32}$/)
  expect(of()).toBe(of())
})

test.each<[string, Partial<TaskInput>]>([
  ['task', { task: 'hash' }],
  ['query', { query: 'shout=no' }],
  ['media type', { contentType: 'text/plain' }],
  ['encoding', { contentEncoding: 'gzip' }],
  ['accepted answer', { accept: 'image/avif' }],
  ['body', { body: bytesOf('{"message":"y"}') }],
  ['length of body', { body: bytesOf('{"message":"x"} ') }],
])('is another one for another %s', (_, members) => {
  expect(of(members)).not.toBe(of())
})

test('is the same in whichever kind of memory the body is', () => {
  const text = '{"message":"x"}'
  const growing = new ArrayBuffer(0, { maxByteLength: 100 })
  growing.resize(text.length)
  const shared = new SharedArrayBuffer(text.length)
  for (const body of [growing, shared]) new Uint8Array(body).set(Buffer.from(text))
  expect(of({ body: growing })).toBe(of())
  expect(of({ body: shared })).toBe(of())
})

describe('of a form', () => {
  const form = (boundary: string, value: string, quote = '') =>
    of({
      contentType: `multipart/form-data; boundary=${quote}${boundary}${quote}`,
      body: bytesOf(
        `--${boundary}\r\nContent-Disposition: form-data; name="note"\r\n\r\n${value}\r\n--${boundary}--\r\n`,
      ),
    })

  test('is the same whatever the client separates the parts with', () => {
    expect(form('first', 'x')).toBe(form('---------other', 'x'))
    expect(form('first', 'x', '"')).toBe(form('first', 'x'))
  })

  test('is another one for other parts', () => {
    expect(form('first', 'y')).not.toBe(form('first', 'x'))
    expect(form('first', 'xfirst')).not.toBe(form('first', 'x'))
  })

  test('is another one for the same bytes in other parts', () => {
    const split = (body: string) =>
      of({ contentType: 'multipart/form-data; boundary=|', body: bytesOf(body) })
    expect(split('a|bc')).not.toBe(split('ab|c'))
    expect(split('a|b')).not.toBe(split('ab'))
  })

  test('with more parts than any form has is that of all its bytes', () => {
    const many = (end: string) =>
      of({ contentType: 'multipart/form-data; boundary=|', body: bytesOf(`${'|'.repeat(100_000)}${end}`) })
    expect(many('x')).toBe(many('x'))
    expect(many('x')).not.toBe(many('y'))
  })

  test('that is compressed is that of its bytes', () => {
    const compressed = (boundary: string) =>
      of({ contentType: `multipart/form-data; boundary=${boundary}`, contentEncoding: 'gzip' })
    expect(compressed('a')).not.toBe(compressed('b'))
  })
})
