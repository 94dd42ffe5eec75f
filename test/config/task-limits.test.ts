import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load-config.ts'

test('limits of single tasks are read from JSON', () => {
  const { taskLimits } = loadConfig({ OFFLOOP_TASK_LIMITS: '{"hash":{"timeMs":5,"maxConcurrency":0.5}}' })
  expect(taskLimits).toEqual({ hash: { timeMs: 5, maxConcurrency: 0.5 } })
  expect(loadConfig({}).taskLimits).toEqual({})
})

test.each([
  '{',
  '[]',
  '5',
  '{"hash":5}',
  '{"hash":{"timeMs":"5"}}',
  '{"hash":{"timeMs":0}}',
  '{"hash":{"time":5}}',
])('what is not such JSON is refused: %s', (text) => {
  expect(() => loadConfig({ OFFLOOP_TASK_LIMITS: text })).toThrow(
    /^Cannot use OFFLOOP_TASK_LIMITS: expected JSON like/,
  )
})
