import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type ExpectedAnswer, problemOf } from '../../../bench/harness/expected-answer.ts'

const bytes = Buffer.from('picture')
const ofBytes: ExpectedAnswer = {
  kind: 'bytes',
  sha256: createHash('sha256').update(bytes).digest('hex'),
}
const ofNumbers: ExpectedAnswer = { kind: 'numbers', values: { 'result.mean': 0.3, 'result.min': 0 } }
const json = (value: unknown) => Buffer.from(JSON.stringify(value))

describe('an answer', () => {
  it('is right with the expected bytes', () => {
    expect(problemOf(200, bytes, ofBytes)).toBeUndefined()
  })

  it('is wrong with one other byte', () => {
    expect(problemOf(200, Buffer.from('Picture'), ofBytes)).toMatch(
      /expected bytes with SHA-256 .*, got 7 with/,
    )
  })

  it('is wrong with another status, whatever is in it', () => {
    expect(problemOf(503, bytes, ofBytes)).toBe('expected status 200, got 503: picture')
  })

  it('is right with the expected numbers, as near as another order of addition comes to them', () => {
    expect(problemOf(200, json({ result: { mean: 0.1 + 0.2, min: 0 } }), ofNumbers)).toBeUndefined()
  })

  it.each([
    ['another number', { result: { mean: 0.300001, min: 0 } }],
    ['something small for zero', { result: { mean: 0.3, min: 1e-12 } }],
    ['a number that is missing', { result: { mean: 0.3 } }],
    ['text for a number', { result: { mean: '0.3', min: 0 } }],
    ['another shape', [0.3]],
  ])('is wrong with %s', (_what, value) => {
    expect(problemOf(200, json(value), ofNumbers)).toMatch(/^expected result\.(mean|min) to be /)
  })

  it('is wrong where it is not JSON', () => {
    expect(problemOf(200, bytes, ofNumbers)).toBe('expected result.mean to be 0.3, got undefined in picture')
  })
})
