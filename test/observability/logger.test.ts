import { fork } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
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
  const secrets = { Authorization: 'hunter2', cookie: 'hunter2', 'x-api-key': 'hunter2', password: 'hunter2' }
  const error = Object.assign(new Error('broken'), secrets, { config: { headers: secrets } })
  const lines = linesOf('info', (log) => {
    log.info({ ...secrets, req: { headers: secrets } }, 'request')
    log.error({ err: error }, 'failed')
    log.error(error)
    log.child({ cookie: 'hunter2', err: error }).info('with %o', { password: 'hunter2' })
  })
  expect(lines.map(({ msg }) => msg)).toEqual([
    'request',
    'failed',
    'broken',
    'with {"password":"[redacted]"}',
  ])
  expect(lines[1]?.err).toMatchObject({ type: 'Error', message: 'broken', Authorization: '[redacted]' })
  expect(JSON.stringify(lines)).not.toContain('hunter2')
})

describe('a process ends', () => {
  async function start(stdout: 'pipe' | number = 'pipe') {
    const program = fileURLToPath(new URL('../fixtures/log-and-exit.ts', import.meta.url))
    const child = fork(program, { stdio: ['ignore', stdout, 'pipe', 'ipc'], execPath: process.execPath })
    onTestFinished(() => void child.kill('SIGKILL'))
    await once(child, 'message')
    return child
  }

  test('after its last line has been read', async () => {
    const child = await start()
    let log = ''
    child.stdout?.on('data', (chunk) => {
      log += chunk
    })
    child.send(2_000_000)
    expect(await once(child, 'close')).toEqual([0, null])
    expect(log).toMatch(/"msg":"last"\}\n$/)
    expect(log.length).toBeGreaterThan(2_000_000)
  })

  test('also where the reader of its log has gone', async () => {
    const child = await start()
    child.stdout?.destroy()
    child.send(10)
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  test.skipIf(process.platform !== 'linux')('also where its log is on a disk that is full', async () => {
    const full = openSync('/dev/full', 'w')
    onTestFinished(() => closeSync(full))
    const child = await start(full)
    const said = child.stderr ? text(child.stderr) : ''
    child.send(100_000)
    expect(await once(child, 'exit')).toEqual([0, null])
    expect(await said).toBe('offloop: Log lines are lost: ENOSPC: no space left on device, write\n')
  })

  test('also where the reader of its log has stopped reading', async () => {
    const child = await start()
    child.stdout?.pause()
    child.send(2_000_000)
    expect(await once(child, 'exit')).toEqual([0, null])
  })
})
