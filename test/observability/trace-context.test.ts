import { describe, expect, test } from 'vitest'
import {
  boundedTracestate,
  callersContext,
  continueTrace,
  formatTraceparent,
  parseTraceparent,
  traceIdOf,
} from '../../src/observability/trace-context.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'
const GOOD = `00-${TRACE}-${SPAN}-01`
const ids = { traceId: () => 'f'.repeat(32), spanId: () => 'e'.repeat(16) }

describe('a traceparent', () => {
  test.each([
    ['01', true],
    ['00', false],
    ['02', false],
    ['03', true],
    ['ff', true],
  ])('with the flags %s says whether it is sampled', (flags, sampled) => {
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-${flags}`)).toEqual({
      traceId: TRACE,
      spanId: SPAN,
      sampled,
    })
  })

  test.each([
    ['nothing', ''],
    ['something else', 'abc'],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a parent id of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['a trace id that is too short', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['a trace id that is too long', `00-${TRACE}a-${SPAN}-01`],
    ['a parent id that is too short', `00-${TRACE}-${SPAN.slice(1)}-01`],
    ['a parent id that is too long', `00-${TRACE}-${SPAN}a-01`],
    ['flags that are too short', `00-${TRACE}-${SPAN}-1`],
    ['flags that are too long', `00-${TRACE}-${SPAN}-001`],
    ['a version that is too short', `0-${TRACE}-${SPAN}-01`],
    ['a version that is too long', `000-${TRACE}-${SPAN}-01`],
    ['no flags', `00-${TRACE}-${SPAN}`],
    ['a trace id in capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['a parent id in capitals', `00-${TRACE}-${SPAN.toUpperCase()}-01`],
    ['flags in capitals', `00-${TRACE}-${SPAN}-0A`],
    ['a version in capitals', `0A-${TRACE}-${SPAN}-01`],
    ['what is not hexadecimal', `00-${TRACE.replace('a', 'g')}-${SPAN}-01`],
    ['other characters between the fields', `00_${TRACE}_${SPAN}_01`],
    ['the forbidden version', `ff-${TRACE}-${SPAN}-01`],
    ['the forbidden version with more', `ff-${TRACE}-${SPAN}-01-more`],
    ['version 00 with more', `${GOOD}-more`],
    ['version 00 with a dash at its end', `${GOOD}-`],
    ['a later version with more that no dash precedes', `01-${TRACE}-${SPAN}-01more`],
    ['two headers, joined by a comma', `${GOOD}, ${GOOD}`],
    ['a space before it', ` ${GOOD}`],
    ['a line break behind it', `${GOOD}\n`],
  ])('with %s is not one', (_, value) => {
    expect(parseTraceparent(value)).toBeUndefined()
  })

  test.each([
    `01-${TRACE}-${SPAN}-01`,
    `cc-${TRACE}-${SPAN}-01-what-the-future-brings`,
    `fe-${TRACE}-${SPAN}-01-`,
  ])('of a later version is read as far as it is known: %s', (value) => {
    expect(parseTraceparent(value)).toEqual({ traceId: TRACE, spanId: SPAN, sampled: true })
  })

  test('is written in the version that is known, with the one flag that is known', () => {
    const sampled = { traceId: TRACE, spanId: SPAN, sampled: true }
    expect(formatTraceparent(sampled)).toBe(GOOD)
    expect(formatTraceparent({ ...sampled, sampled: false })).toBe(`00-${TRACE}-${SPAN}-00`)
    expect(traceIdOf(GOOD)).toBe(TRACE)
  })
})

describe('a trace', () => {
  test('is continued with a span of its own', () => {
    expect(continueTrace({ traceparent: GOOD, tracestate: 'a=1' }, ids)).toEqual({
      traceId: TRACE,
      spanId: ids.spanId(),
      sampled: true,
      tracestate: 'a=1',
    })
  })

  test.each([
    {},
    { traceparent: `${GOOD}, ${GOOD}` },
    { traceparent: `00-${'0'.repeat(32)}-${SPAN}-01`, tracestate: 'a=1' },
    { tracestate: 'a=1' },
    { traceparent: [GOOD, GOOD] },
  ])('begins anew, without a state, where the headers are %j', (headers) => {
    expect(continueTrace(headers, ids)).toEqual({
      traceId: ids.traceId(),
      spanId: ids.spanId(),
      sampled: false,
    })
  })

  test('goes on without a state that is not one', () => {
    expect(callersContext({ traceparent: GOOD, tracestate: 'a' })).toEqual({
      traceId: TRACE,
      spanId: SPAN,
      sampled: true,
    })
  })
})

describe('a tracestate', () => {
  const members = (count: number) => Array.from({ length: count }, (_, index) => `k${index}=v`)

  test.each([
    'congo=t61rcWkgMzE',
    'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE',
    'rojo=1 , congo=2',
    'rojo=1,,congo=2,',
    'tenant@vendor=1',
    '0tenant@vendor=1',
    'a_-*/b=x',
    'a=with a space',
    `a=${'v'.repeat(256)}`,
    `${'k'.repeat(256)}=v`,
    'a=1,a=2',
    members(32).join(','),
  ])('that is well-formed is passed on as it is: %s', (value) => {
    expect(boundedTracestate(value)).toBe(value)
  })

  test.each([
    '',
    ' , ',
    'a',
    '=1',
    'a=',
    'A=1',
    'a b=1',
    'a =1',
    'a=1=2',
    'a=ü',
    'a=\t',
    `a=${'v'.repeat(257)}`,
    `${'k'.repeat(257)}=v`,
    members(33).join(','),
  ])('that is not is not passed on at all: %j', (value) => {
    expect(boundedTracestate(value)).toBeUndefined()
  })

  test('of up to 512 characters keeps all members', () => {
    const value = ['a', 'b', 'c', 'd'].map((key) => `${key}=${'v'.repeat(125)}`).join(',')
    expect(value.length).toBe(511)
    expect(boundedTracestate(value)).toBe(value)
    expect(boundedTracestate(`${value}v`)).toBe(`${value}v`)
  })

  test('that is longer loses the long members first, and then those at its end', () => {
    const long = (key: string) => `${key}=${'v'.repeat(200)}`
    const short = (key: string) => `${key}=${'v'.repeat(100)}`
    expect(boundedTracestate([long('a'), short('b'), long('c'), short('d')].join(','))).toBe(
      [long('a'), short('b'), short('d')].join(','),
    )
    const many = ['a', 'b', 'c', 'd', 'e', 'f'].map(short)
    expect(boundedTracestate(many.join(','))).toBe(many.slice(0, 4).join(','))
  })

  test('of one member that is too long is not passed on', () => {
    expect(boundedTracestate(`${'k'.repeat(256)}=${'v'.repeat(256)}`)).toBeUndefined()
  })
})
