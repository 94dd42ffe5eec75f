import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startTracing } from '../../../src/http/tracing/tracing.ts'

/* What an SDK leaves behind in its process, in the place where all versions of the API look. */
const API = Symbol.for('opentelemetry.js.api.1')
const registered = globalThis as { [API]?: object }

const lines: Record<string, unknown>[] = []
const log = pino({}, { write: (line) => lines.push(JSON.parse(line)) })
beforeEach(() => {
  lines.length = 0
})
afterEach(() => {
  delete registered[API]
})

test('without an SDK there is nothing to say', async () => {
  await (await startTracing(0, log)).flush()
  expect(lines).toEqual([])
})

test('an SDK that only measures is none that traces', async () => {
  registered[API] = { version: '1.9.0', metrics: {} }
  await startTracing(0, log)
  expect(lines).toEqual([])
})

test('an SDK whose API is too old for ours is told of: its spans would be missed', async () => {
  registered[API] = { version: '1.4.1', trace: {} }
  await startTracing(0, log)
  expect(lines).toMatchObject([
    { registered: '1.4.1', msg: expect.stringContaining('expected 1.9 or later') },
  ])
})
