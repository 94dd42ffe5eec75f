import { expect, test } from 'vitest'
import { CENSOR, redacted, SECRETS } from '../../src/observability/redaction.ts'

test.each(SECRETS)('%s is redacted at every level, in capitals and without hyphens too', (name) => {
  const secrets = {
    [name]: 'hunter2',
    [name.toUpperCase().replaceAll('-', '_')]: ['hunter2'],
    [name.replaceAll('-', '')]: { is: 'hunter2' },
  }
  const censored = Object.fromEntries(Object.keys(secrets).map((each) => [each, CENSOR]))
  const nested = (members: object) => ({
    ...members,
    a: { ...members, b: [{ ...members, c: { d: members } }] },
  })
  expect(redacted(nested(secrets))).toEqual(nested(censored))
})

test('what only looks like it stays', () => {
  const facts = { tokens: 3, keys: ['a'], author: 'x', secretary: { cookies: 2 }, url: '/token' }
  expect(redacted(facts)).toEqual(facts)
})

test('facts with nothing nested and nothing secret are not even copied', () => {
  const facts = { status: 200, task: 'hash', none: null, missing: undefined }
  expect(redacted(facts)).toBe(facts)
})

test('what is logged is left as it was', () => {
  const facts = { headers: { authorization: 'hunter2' } }
  redacted(facts)
  expect(facts.headers.authorization).toBe('hunter2')
})

test('an error keeps what it says, its causes and its members, without the secret ones', () => {
  const error = Object.assign(new TypeError('broken', { cause: new Error('deeper') }), {
    config: { headers: { Authorization: 'hunter2' }, url: '/x' },
    token: 'hunter2',
  })
  for (const facts of [{ err: error }, { failure: { of: error } }]) {
    const text = JSON.stringify(redacted(facts))
    expect(text).not.toContain('hunter2')
    for (const part of ['TypeError', 'broken: deeper', 'caused by: Error: deeper', '"url":"/x"']) {
      expect(text).toContain(part)
    }
  }
})

test('what has a form of its own for JSON is looked at in that form', () => {
  const own = { toJSON: () => ({ cookie: 'hunter2', kept: 1 }) }
  expect(redacted({ own, at: new Date(0) })).toEqual({
    own: { cookie: CENSOR, kept: 1 },
    at: '1970-01-01T00:00:00.000Z',
  })
})

test('what has no end, or too much of it, is cut', () => {
  const ring: Record<string, unknown> = {}
  ring.ring = ring
  expect(JSON.stringify(redacted(ring)).match(/ring/g)).toHaveLength(8)
  expect(redacted({ bytes: Buffer.alloc(9) })).toEqual({ bytes: '[9 bytes]' })
  const { list } = redacted({ list: Array.from({ length: 1_000_000 }, () => ({ a: 1 })) })
  expect((list as unknown[]).length).toBeLessThan(10_000)
})

test('an object that cannot be read is no error for who logs it', () => {
  const facts = {
    nested: {
      get broken() {
        throw new Error('not today')
      },
    },
  }
  expect(redacted(facts)).toEqual({ cannotBeLogged: 'Error: not today' })
})

test('lists behind one that was too long are as empty as there is room', () => {
  const long = Array.from({ length: 20_000 }, () => 1)
  const { lists } = redacted({ lists: [long, long, long] }) as { lists: unknown[][] }
  expect(lists.flat().length).toBeLessThan(10_000)
})
