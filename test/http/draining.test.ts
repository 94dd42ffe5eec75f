import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, createConnection, type Socket } from 'node:net'
import express from 'express'
import { afterEach, describe, expect, test } from 'vitest'
import { Draining, ServerDrain } from '../../src/http/draining.ts'
import { socketClosed } from '../support/socket-closed.ts'
import { until } from '../support/until.ts'

/*
 * The end of a server, seen from its connections: raw sockets, because clients hide when and why a
 * connection closes.
 */
const LONG_MS = 60_000
const SHORT_MS = 150

let server: Server
const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  server.closeAllConnections()
  server.close()
})

/** A server that answers at once, but for `/slow`, and `/begun` whose headers alone go out at once. */
async function start() {
  const draining = new Draining()
  const open: ServerResponse[] = []
  const app = express()
  app.use((_request, response, next) => {
    draining.track(response, false)
    next()
  })
  app.use((request, response) => {
    if (request.path === '/slow') open.push(response)
    else if (request.path === '/begun') open.push(response.status(200).type('text/plain'))
    else response.send('fast')
    if (request.path === '/begun') response.write('begun')
  })
  server = createServer({ keepAliveTimeout: LONG_MS }, app)
  const serverDrain = new ServerDrain(server, draining)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { draining, serverDrain, open, port, connect: () => Client.connect(port) }
}

class Client {
  readonly socket: Socket
  /** The other end. */
  readonly peer: Socket
  /** When the connection closed. */
  readonly closed: Promise<number>
  received = ''

  static async connect(port: number): Promise<Client> {
    const socket = createConnection(port, '127.0.0.1')
    const [[peer]] = await Promise.all([once(server, 'connection'), once(socket, 'connect')])
    return new Client(socket, peer)
  }

  constructor(socket: Socket, peer: Socket) {
    sockets.push(socket)
    this.socket = socket
    this.peer = peer
    this.closed = socketClosed(socket).then(() => performance.now())
    socket.on('data', (data) => {
      this.received += data
    })
  }

  send(path: string): this {
    this.socket.write(`GET ${path} HTTP/1.1\r\nHost: test\r\n\r\n`)
    return this
  }

  /** Waits until this has been received, and forgets it. */
  async receive(text: string): Promise<string> {
    await until(JSON.stringify(text), () => this.received.includes(text))
    const { received } = this
    this.received = ''
    return received
  }
}

describe('a request', () => {
  test('that comes on an idle connection after the drain began is answered, and told to close', async () => {
    const { serverDrain, connect } = await start()
    const client = await connect()
    expect(await client.send('/').receive('fast')).toContain('Connection: keep-alive')
    const drained = serverDrain.run(LONG_MS, LONG_MS)
    expect(await client.send('/').receive('fast')).toContain('Connection: close')
    await client.closed
    expect(await drained).toBe(0)
  })

  test('that comes first on its connection then is answered too', async () => {
    const { serverDrain, connect } = await start()
    const client = await connect()
    const drained = serverDrain.run(LONG_MS, LONG_MS)
    expect(await client.send('/').receive('fast')).toContain('Connection: close')
    expect(await drained).toBe(0)
  })

  test('that is in flight when the drain begins finishes, and is told to close', async () => {
    const { serverDrain, open, connect } = await start()
    const client = (await connect()).send('/slow')
    await until('the request', () => open.length === 1)
    const drained = serverDrain.run(LONG_MS, LONG_MS)
    open[0]?.end('slow')
    expect(await client.receive('slow')).toContain('Connection: close')
    await client.closed
    expect(await drained).toBe(0)
  })

  test('that stands behind another on its connection is answered too; only the last one is told to close', async () => {
    const { serverDrain, open, connect } = await start()
    const client = (await connect()).send('/slow').send('/slow')
    await until('both requests', () => open.length === 2)
    const drained = serverDrain.run(LONG_MS, LONG_MS)
    client.send('/slow')
    await until('the third', () => open.length === 3)
    open[0]?.end('first')
    expect(await client.receive('first')).toContain('Connection: keep-alive')
    open[1]?.end('second')
    expect(await client.receive('second')).toContain('Connection: keep-alive')
    open[2]?.end('third')
    expect(await client.receive('third')).toContain('Connection: close')
    expect(await drained).toBe(0)
  })

  test('of which a part has arrived is waited for, although its connection looks unused', async () => {
    const { serverDrain, connect } = await start()
    const [client, unused] = [await connect(), await connect()]
    client.socket.write('GET / HTTP/1.1\r\nHo')
    await until('the first part', () => client.peer.bytesRead > 0)
    const drained = serverDrain.run(LONG_MS, 0)
    await unused.closed
    client.socket.write('st: test\r\n\r\n')
    expect(await client.receive('fast')).toContain('Connection: close')
    expect(await drained).toBe(0)
  })

  test('while the drain is only announced keeps its connection', async () => {
    const { draining, connect } = await start()
    draining.announce()
    expect(draining).toMatchObject({ announced: true, begun: false })
    const client = await connect()
    expect(await client.send('/').receive('fast')).toContain('Connection: keep-alive')
  })

  test('on a new connection is refused', async () => {
    const { serverDrain, draining, open, port, connect } = await start()
    const client = (await connect()).send('/slow')
    await until('the request', () => open.length === 1)
    const drained = serverDrain.run(LONG_MS, 0)
    expect(draining).toMatchObject({ announced: true, begun: true })
    await expect(Client.connect(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    open[0]?.end('slow')
    await client.receive('slow')
    await drained
  })
})

describe('an idle connection', () => {
  test.each(['never used', 'used before'])('that was %s is closed after a while', async (used) => {
    const { serverDrain, connect } = await start()
    const client = await connect()
    if (used === 'used before') await client.send('/').receive('fast')
    const begunAt = performance.now()
    const drained = serverDrain.run(LONG_MS, SHORT_MS)
    expect((await client.closed) - begunAt).toBeGreaterThanOrEqual(SHORT_MS)
    expect(await drained).toBe(0)
  })

  test('is closed while others are busy', async () => {
    const { serverDrain, open, connect } = await start()
    const [busy, idle] = [await connect(), await connect()]
    busy.send('/slow')
    await idle.send('/').receive('fast')
    await until('the request', () => open.length === 1)
    const drained = serverDrain.run(LONG_MS, 0)
    await idle.closed
    open[0]?.end('slow')
    await busy.receive('slow')
    expect(await drained).toBe(0)
  })

  test('whose last answer had promised to keep it, before the drain, stays open for a while after that', async () => {
    const { serverDrain, open, connect } = await start()
    const [promised, idle] = [await connect(), await connect()]
    expect(await promised.send('/begun').receive('begun')).toContain('Connection: keep-alive')
    const drained = serverDrain.run(LONG_MS, SHORT_MS)
    await idle.closed
    const endedAt = performance.now()
    open[0]?.end()
    expect((await promised.closed) - endedAt).toBeGreaterThanOrEqual(SHORT_MS)
    expect(await drained).toBe(0)
  })

  test('whose last answer had promised to keep it can be used once more', async () => {
    const { serverDrain, open, connect } = await start()
    const client = await connect()
    await client.send('/begun').receive('begun')
    const drained = serverDrain.run(LONG_MS, LONG_MS)
    open[0]?.end('ended')
    await client.receive('ended')
    expect(await client.send('/').receive('fast')).toContain('Connection: close')
    expect(await drained).toBe(0)
  })
})

describe('when the time is over', () => {
  test('requests that are not answered are cut off, and counted', async () => {
    const { serverDrain, draining, open, connect } = await start()
    const clients = [await connect(), await connect(), await connect()]
    clients[0]?.send('/slow')
    clients[1]?.send('/begun')
    await clients[2]?.send('/').receive('fast')
    await until('the requests', () => open.length === 2 && draining.unanswered === 2)
    expect(await serverDrain.run(SHORT_MS, LONG_MS)).toBe(2)
    await Promise.all(clients.map(({ closed }) => closed))
    expect(clients[0]?.received).toBe('')
  })

  test('connections without a request are closed, and not counted', async () => {
    const { serverDrain, connect } = await start()
    const clients = [await connect(), await connect()]
    clients[0]?.socket.write('GET / HTTP/1.1\r\nHo')
    expect(await serverDrain.run(0, LONG_MS)).toBe(0)
    await Promise.all(clients.map(({ closed }) => closed))
  })
})

test('a server without connections, or that does not listen, is drained at once', async () => {
  const { serverDrain } = await start()
  expect(await serverDrain.run(LONG_MS, LONG_MS)).toBe(0)
  const draining = new Draining()
  expect(await new ServerDrain(createServer(), draining).run(LONG_MS, LONG_MS)).toBe(0)
})
