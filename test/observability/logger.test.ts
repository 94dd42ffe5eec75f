import { fork } from 'node:child_process'
import { once } from 'node:events'
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
  const secrets = { authorization: 'hunter2', cookie: 'hunter2', 'x-api-key': 'hunter2', password: 'hunter2' }
  const [line] = linesOf('info', (log) => log.info({ ...secrets, req: { headers: secrets } }, 'request'))
  expect(JSON.stringify(line)).not.toContain('hunter2')
})

describe('a process ends', () => {
  async function start() {
    const program = fileURLToPath(new URL('../fixtures/log-and-exit.ts', import.meta.url))
    const child = fork(program, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'], execPath: process.execPath })
    onTestFinished(() => void child.kill('SIGKILL'))
    await once(child, 'message')
    return child
  }

  test('after its last line has been read', async () => {
    const child = await start()
    let text = ''
    child.stdout?.on('data', (chunk) => {
      text += chunk
    })
    child.send(2_000_000)
    expect(await once(child, 'close')).toEqual([0, null])
    expect(text).toMatch(/"msg":"last"\}\n$/)
    expect(text.length).toBeGreaterThan(2_000_000)
  })

  test('also where the reader of its log has gone', async () => {
    const child = await start()
    child.stdout?.destroy()
    child.send(10)
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  test('also where the reader of its log has stopped reading', async () => {
    const child = await start()
    child.stdout?.pause()
    child.send(2_000_000)
    expect(await once(child, 'exit')).toEqual([0, null])
  })
})
