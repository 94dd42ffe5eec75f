import { expect, test } from 'vitest'
import { createLogger } from '../../src/observability/logger.ts'

function linesOf(level: 'info' | 'warn', log: (logger: ReturnType<typeof createLogger>) => void) {
  const lines: Record<string, unknown>[] = []
  log(createLogger({ level, role: 'http', slot: 3 }, { write: (line) => lines.push(JSON.parse(line)) }))
  return lines
}

test('a line says when, where and how bad', () => {
  const [line] = linesOf('info', (log) => log.info({ answer: 42 }, 'hello'))
  expect(line).toMatchObject({
    level: 'info',
    role: 'http',
    slot: 3,
    pid: process.pid,
    answer: 42,
    msg: 'hello',
  })
  expect(line?.time).toMatch(/^\d{4}-\d\d-\d\dT/)
})

test('lines below the level are not written', () => {
  expect(linesOf('warn', (log) => log.info('quiet'))).toEqual([])
})

test('secrets are not written, wherever they stand', () => {
  const secrets = { authorization: 'hunter2', cookie: 'hunter2', 'x-api-key': 'hunter2', password: 'hunter2' }
  const [line] = linesOf('info', (log) => log.info({ ...secrets, req: { headers: secrets } }, 'request'))
  expect(JSON.stringify(line)).not.toContain('hunter2')
})
