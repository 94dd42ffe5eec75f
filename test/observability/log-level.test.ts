import { pino } from 'pino'
import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load-config.ts'
import { settingTable } from '../../src/config/settings.ts'
import { SharedLogLevel } from '../../src/observability/log-level.ts'
import { logLevels } from '../../src/protocol/operators-api.ts'

test('both sides of the memory see each level', () => {
  const here = SharedLogLevel.of(loadConfig({}).logLevel)
  const there = new SharedLogLevel(here.shared)
  expect(there.level).toBe('info')
  for (const level of logLevels) {
    here.level = level
    expect(there.level).toBe(level)
  }
})

test('a logger gets it, and so do those that were made from it', () => {
  const lines: string[] = []
  const log = pino({ level: 'info' }, { write: (line) => lines.push(line) })
  const child = log.child({ task: 'hash' })
  SharedLogLevel.of('debug').applyTo(log)
  child.debug('seen')
  SharedLogLevel.of('silent').applyTo(log)
  child.fatal('not seen')
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['seen'])
})

test('every level is one that the setting takes', () => {
  expect(logLevels.map((level) => settingTable.logLevel.parse(level))).toEqual(logLevels)
})
