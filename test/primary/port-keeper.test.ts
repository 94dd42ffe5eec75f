import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { pino } from 'pino'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import type { ConnectionHandle } from '../../src/primary/held-connections.ts'
import { PortKeeper } from '../../src/primary/port-keeper.ts'
import { freePort } from '../support/free-port.ts'
import { socketClosed } from '../support/socket-closed.ts'
import { until } from '../support/until.ts'

const host = '127.0.0.1'
let port: number
let lines: { msg?: string }[]
let keeper: PortKeeper
beforeEach(async () => {
  port = await freePort()
  lines = []
  const log = pino({ level: 'info' }, { write: (line) => lines.push(JSON.parse(line)) })
  keeper = new PortKeeper({ host, port }, log)
  onTestFinished(() => keeper.close())
})

test('it gives connections as they come, and their clients wait meanwhile', async () => {
  const handles: ConnectionHandle[] = []
  keeper.onConnection = (handle) => handles.push(handle)
  keeper.open()
  keeper.open()
  const sockets = [connect(port, host), connect(port, host)]
  await until('both', () => handles.length === 2)
  expect(sockets.filter(({ readyState }) => readyState !== 'open')).toEqual([])
  const closed = Promise.all(sockets.map(socketClosed))
  for (const handle of handles) handle.close()
  await closed
})

test('the port is free as soon as it is closed, and can be kept again', async () => {
  for (const _ of [1, 2]) {
    keeper.open()
    await once(connect(port, host), 'connect')
    keeper.close()
    keeper.close()
    const server = createServer().listen(port, host)
    await once(server, 'listening')
    await new Promise((resolve) => server.close(resolve))
  }
})

test('where another program has the port it says so, and goes on', async () => {
  const server = createServer().listen(port, host)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  keeper.open()
  await until('the warning', () => lines.length > 0)
  expect(lines).toMatchObject([
    { msg: 'cannot keep the port open while no HTTP process serves', err: { code: 'EADDRINUSE' } },
  ])
})
