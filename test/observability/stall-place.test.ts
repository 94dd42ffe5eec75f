import { expect, test } from 'vitest'
import type { Frame, StackReading } from '../../src/observability/main-thread-stack.ts'
import { loopStack, stallPlace } from '../../src/observability/stall-place.ts'

const roots = ['/srv/app', '/srv']

const frame = (name: string, file: string, more: Partial<Frame> = {}): Frame => ({
  name,
  file,
  line: 12,
  column: 3,
  onFirstLine: false,
  isAsync: false,
  ...more,
})
const reading = (frames: readonly Frame[], tookMs = 1): StackReading => ({
  frames,
  tookMs,
  atMs: 1000,
  inspectorOpen: false,
})
const timers = frame('process.processTimers', 'node:internal/timers')

test('the innermost call that is not of Node itself is named, with the whole stack', () => {
  const frames = [frame('readSync', 'node:fs'), frame('load', 'file:///srv/app/src/load.ts'), timers]
  expect(stallPlace(reading(frames), undefined, roots)).toEqual({
    where: 'load (src/load.ts:12:3)',
    inOwnCode: true,
    stack: [
      'readSync (node:fs:12:3)',
      'load (src/load.ts:12:3)',
      'process.processTimers (node:internal/timers:12:3)',
    ],
  })
})

test.each([
  ['/srv/app/a.js', 'a.js:12:3'],
  ['/srv/other/a.js', 'other/a.js:12:3'],
  ['/opt/a.js', '/opt/a.js:12:3'],
  ['evalmachine.<anonymous>', 'evalmachine.<anonymous>:12:3'],
])('%s is shown as %s', (file, shown) => {
  expect(stallPlace(reading([frame('', file)]), undefined, roots)?.where).toBe(`<anonymous> (${shown})`)
})

test('built-in functions have no file', () => {
  const place = stallPlace(
    reading([frame('RegExp.test', ''), frame('match', '/srv/app/a.js')]),
    undefined,
    roots,
  )
  expect(place).toMatchObject({
    where: 'match (a.js:12:3)',
    stack: ['RegExp.test (native)', 'match (a.js:12:3)'],
  })
})

test('at most ten calls are shown', () => {
  const frames = Array.from({ length: 20 }, (_, call) => frame(`call${call}`, '/srv/app/a.js'))
  expect(stallPlace(reading(frames), undefined, roots)?.stack).toHaveLength(10)
})

test('a function that begins when native code has returned is not blamed', () => {
  const frames = [frame('innocent', '/srv/app/a.js', { onFirstLine: true }), frame('parse', '/srv/app/a.js')]
  expect(stallPlace(reading(frames, 300), undefined, roots)?.where).toBe(
    'native code under parse (a.js:12:3)',
  )
  expect(stallPlace(reading(frames, 1), undefined, roots)?.where).toBe('innocent (a.js:12:3)')
})

test.each([
  ['nothing runs', []],
  ['the loop is with its next timer', [timers]],
  ['the beat goes on', [frame('beat', 'file:///srv/app/src/observability/stall-watch.ts'), timers]],
  ['the caller only waits', [timers, frame('async handle', '/srv/app/a.js', { isAsync: true })]],
])('an answer after the stall names no place: %s', (_, frames) => {
  expect(stallPlace(reading(frames, 300), undefined, roots)).toBeUndefined()
})

test('nor does an answer from after the beat that ended it', () => {
  const frames = [frame('handle', '/srv/app/a.js')]
  expect(stallPlace(reading(frames), 999, roots)).toBeUndefined()
  expect(stallPlace(reading(frames), 1001, roots)?.where).toBe('handle (a.js:12:3)')
})

test('where only code of Node runs, that is named', () => {
  expect(stallPlace(reading([timers]), undefined, roots)).toMatchObject({
    where: 'process.processTimers (node:internal/timers:12:3)',
    inOwnCode: false,
  })
})

test('the stack of a loop names the call that runs, and says when there is none or no answer', () => {
  const frames = [frame('readSync', 'node:fs'), frame('load', '/srv/app/src/load.ts'), timers]
  expect(loopStack(reading(frames), 12.4, roots)).toEqual({
    state: 'running',
    stalledMs: 12,
    where: 'load (src/load.ts:12:3)',
    stack: ['readSync (node:fs:12:3)', 'load (src/load.ts:12:3)', expect.stringContaining('processTimers')],
  })
  expect(loopStack(reading([]), 0, roots)).toEqual({ state: 'idle', stalledMs: 0, where: null, stack: [] })
  expect(loopStack(undefined, 900, roots)).toMatchObject({ state: 'native', stalledMs: 900 })
})

test('a stack is bounded, however long its names and paths are', () => {
  const long = frame('n'.repeat(5000), `/srv/app/${'p'.repeat(5000)}.ts`)
  const { stack } = loopStack(reading(Array.from({ length: 50 }, () => long)), 0, roots)
  expect(stack).toHaveLength(15)
  expect(stack[0]?.length).toBeLessThan(260)
  expect(stack[0]).toMatch(/\.ts:12:3\)$/)
})
