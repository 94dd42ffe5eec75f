import { describe, expect, test } from 'vitest'
import { wholeLine } from '../../src/observability/whole-line.ts'

const MOST = 4096
const base = { level: 'info', time: '2026-11-24T02:35:32.469Z', pid: 1, role: 'http', slot: 0 }
const lineOf = (members: object) => `${JSON.stringify({ ...base, ...members, msg: 'told' })}\n`

/** Shortened, and still a line. */
function shortened(members: object): Record<string, unknown> {
  const line = lineOf(members)
  const whole = wholeLine(line, MOST)
  expect(Buffer.byteLength(whole)).toBeLessThanOrEqual(MOST)
  expect(whole.indexOf('\n')).toBe(whole.length - 1)
  const facts = JSON.parse(whole)
  expect(facts).toMatchObject({ ...base, shortenedFrom: Buffer.byteLength(line) })
  return facts
}

test('a line that fits is left alone, to the byte', () => {
  for (const character of ['x', 'é', '語']) {
    const empty = Buffer.byteLength(lineOf({ text: '' }))
    const room = MOST - empty
    const most = Math.floor(room / Buffer.byteLength(character))
    const line = lineOf({ text: character.repeat(most) + 'x'.repeat(room % Buffer.byteLength(character)) })
    expect(Buffer.byteLength(line)).toBe(MOST)
    expect(wholeLine(line, MOST)).toBe(line)
    shortened({ text: `${character.repeat(most)}xxx` })
  }
})

describe('of a line that is too long', () => {
  test('strings keep their beginning', () => {
    const { stack, url, msg } = shortened({ stack: 'at '.repeat(3000), url: '/short' })
    expect({ url, msg }).toEqual({ url: '/short', msg: 'told' })
    expect(stack).toMatch(/^(at )+.*…$/)
    expect(String(stack).length).toBe(1025)
  })

  test('lists keep their beginning, and say how much is missing', () => {
    const { slots } = shortened({
      slots: Array.from({ length: 512 }, (_, slot) => ({ slot, outcome: 'kept' })),
    })
    expect((slots as unknown[]).slice(0, 2)).toEqual([
      { slot: 0, outcome: 'kept' },
      { slot: 1, outcome: 'kept' },
    ])
    expect((slots as unknown[]).at(-1)).toBe('… 480 more')
  })

  test('at least who says it and of what stays', () => {
    const many = Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`name ${index}`, index]))
    expect(shortened({ ...many, task: 'hash', requestId: 'r-1' })).toMatchObject({
      task: 'hash',
      requestId: 'r-1',
      msg: 'told',
    })
  })

  test('characters that JSON writes as six, and halves of a pair, do no harm', () => {
    shortened({ text: '\u0001'.repeat(5000), msg: '\u0001'.repeat(5000) })
    shortened({ text: `x${'😀'.repeat(5000)}` })
  })
})
