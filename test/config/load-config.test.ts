import { describe, expect, test } from 'vitest'
import { ConfigError, loadConfig, unknownVariableWarnings } from '../../src/config/load-config.ts'

const fourCores = () => 4
const load = (environment: Record<string, string>) => loadConfig(environment, fourCores)

describe('loadConfig', () => {
  test('uses the defaults where nothing is set, and one process a core', () => {
    expect(load({})).toMatchObject({
      port: 3000,
      opsPort: 9464,
      processes: 4,
      threads: 2,
      maxBodyBytes: 33_554_432,
    })
  })

  test('reads what is set, white space aside', () => {
    expect(load({ PORT: ' 8080 ', OFFLOOP_PROCESSES: '3', LOG_LEVEL: 'WARN' })).toMatchObject({
      port: 8080,
      processes: 3,
      logLevel: 'warn',
    })
  })

  test('takes an empty variable for one that is not set', () => {
    expect(load({ PORT: '', OFFLOOP_PROCESSES: ' ' })).toMatchObject({ port: 3000, processes: 4 })
  })

  test('cannot be changed afterwards', () => {
    expect(Object.isFrozen(load({}))).toBe(true)
  })

  test.each([
    [
      { OFFLOOP_PROCESSES: 'many' },
      'Cannot use OFFLOOP_PROCESSES: expected an integer from 1 to 512, got "many"',
    ],
    [{ OFFLOOP_THREADS: '0' }, 'Cannot use OFFLOOP_THREADS: expected an integer from 1 to 128, got "0"'],
    [{ PORT: '65536' }, 'Cannot use PORT: expected an integer from 0 to 65535, got "65536"'],
    [{ PORT: '80.5' }, 'Cannot use PORT: expected an integer from 0 to 65535, got "80.5"'],
    [{ OFFLOOP_THREADS: '1e1' }, 'Cannot use OFFLOOP_THREADS: expected an integer from 1 to 128, got "1e1"'],
    [{ OFFLOOP_THREADS: '0x2' }, 'Cannot use OFFLOOP_THREADS: expected an integer from 1 to 128, got "0x2"'],
    [
      { LOG_LEVEL: 'loud' },
      'Cannot use LOG_LEVEL: expected one of fatal, error, warn, info, debug, trace, silent, got "loud"',
    ],
    [
      { OFFLOOP_HEADERS_TIMEOUT_MS: '70000' },
      'Cannot use OFFLOOP_HEADERS_TIMEOUT_MS: expected at most OFFLOOP_REQUEST_TIMEOUT_MS, which is 60000, got "70000"',
    ],
  ])('refuses %o in one sentence', (environment, sentence) => {
    expect(() => load(environment)).toThrow(new ConfigError(sentence))
  })
})

describe('unknownVariableWarnings', () => {
  test('names an unknown variable and the nearest known one', () => {
    expect(unknownVariableWarnings({ OFFLOOP_THREDS: '4' })).toEqual([
      'Ignoring OFFLOOP_THREDS: there is no such setting, did you mean OFFLOOP_THREADS?',
    ])
  })

  test("says nothing of known variables, of the primary's own and of other programs' variables", () => {
    expect(unknownVariableWarnings({ OFFLOOP_THREADS: '4', OFFLOOP_SLOT: '0', PM2_HOME: 'x' })).toEqual([])
  })
})

test('a secret that cannot be used is not repeated in the sentence', () => {
  expect(() => loadConfig({ OFFLOOP_OPS_TOKEN: 'two words' })).toThrow(
    new ConfigError(
      'Cannot use OFFLOOP_OPS_TOKEN: expected one word of ASCII characters, got something else',
    ),
  )
})
