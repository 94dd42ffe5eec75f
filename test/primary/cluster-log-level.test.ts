import { pino } from 'pino'
import { expect, test } from 'vitest'
import { ClusterLogLevel } from '../../src/primary/cluster-log-level.ts'
import type { LogLevel } from '../../src/protocol/operators-api.ts'

function clusterAt(level: LogLevel) {
  const lines: Record<string, unknown>[] = []
  const told: LogLevel[] = []
  const log = pino(
    { level, formatters: { level: (label) => ({ level: label }) } },
    { write: (line) => lines.push(JSON.parse(line)) },
  )
  return {
    lines,
    told,
    log,
    level: new ClusterLogLevel({ log, tellAll: (message) => told.push(message.level) }),
  }
}

test('a change is in force here, told to all, and answered with the level before', () => {
  const { level, log, told } = clusterAt('info')
  expect(level.change('debug')).toEqual({ logLevelBefore: 'info', logLevel: 'debug' })
  expect([level.level, log.level]).toEqual(['debug', 'debug'])
  expect(told).toEqual(['debug'])
  expect(level.message).toEqual({ type: 'log-level', level: 'debug' })
})

test.each<[LogLevel, LogLevel, LogLevel]>([
  ['info', 'debug', 'info'],
  ['debug', 'trace', 'info'],
  ['info', 'silent', 'info'],
  ['silent', 'warn', 'warn'],
  ['error', 'fatal', 'error'],
])('from %s to %s there is a line, of the level %s', (from, to, written) => {
  const { level, lines } = clusterAt(from)
  level.change(to)
  expect(lines).toMatchObject([
    { level: written, logLevelBefore: from, logLevel: to, msg: 'log level changed' },
  ])
})

test('the level that is in force already makes no line', () => {
  const { level, lines } = clusterAt('info')
  expect(level.change('info')).toEqual({ logLevelBefore: 'info', logLevel: 'info' })
  expect(lines).toEqual([])
})
