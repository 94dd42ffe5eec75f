import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { limitConnections, networkOf } from '../../src/http/connection-limit.ts'
import { until } from '../support/until.ts'

let server: Server
const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  server.close()
  server.closeAllConnections()
})

async function start(maxConnections: number, maxConnectionsPerAddress: number): Promise<void> {
  server = createServer((_request, response) => response.end('served'))
  limitConnections(server, { maxConnections, maxConnectionsPerAddress })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
}

/** A connection from one of the addresses of this machine, with all that it has received. */
async function open(localAddress = '127.0.0.1', allowHalfOpen = false) {
  const { port } = server.address() as AddressInfo
  const socket = connect({ port, host: '127.0.0.1', localAddress, allowHalfOpen })
  sockets.push(socket)
  const client = { socket, answer: '', failed: undefined as Error | undefined, ended: false, closed: false }
  socket
    .on('data', (data) => {
      client.answer += data
    })
    .on('error', (error) => {
      client.failed = error
    })
    .on('end', () => {
      client.ended = true
    })
    .on('close', () => {
      client.closed = true
    })
  await once(socket, 'connect')
  return client
}

type Client = Awaited<ReturnType<typeof open>>

async function answerTo(client: Client): Promise<string> {
  client.answer = ''
  client.socket.write('GET / HTTP/1.1\r\nHost: test\r\n\r\n')
  await until('an answer', () => client.answer.includes('served'))
  return client.answer
}

test('one connection too many is told so and closed, the others are served', async () => {
  await start(2, 0)
  const clients = [await open(), await open()]
  const refused = await open()
  await until('the connection to be closed', () => refused.closed)
  expect(refused.answer).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n/)
  expect(refused.answer).toContain('\r\nConnection: close\r\n')
  expect(refused.answer).toContain('\r\nRetry-After: 1\r\n')
  expect(refused.answer).toContain('"code":"CONNECTIONS_FULL"')
  for (const client of clients) expect(await answerTo(client)).toMatch(/^HTTP\/1\.1 200 /)
})

test('one connection too many of an address is refused, another address is served', async () => {
  await start(0, 1)
  await open('127.0.0.1')
  const refused = await open('127.0.0.1')
  const other = await open('127.0.0.2')
  await until('the connection to be closed', () => refused.closed)
  expect(refused.answer).toMatch(/^HTTP\/1\.1 429 Too Many Requests\r\n/)
  expect(refused.answer).toContain('"code":"TOO_MANY_CONNECTIONS"')
  expect(refused.answer).toContain('1 connections of 127.0.0.1 are open')
  expect(await answerTo(other)).toContain('served')
})

test('a place is free again once its connection has closed', async () => {
  await start(1, 1)
  const first = await open()
  expect(await answerTo(first)).toContain('served')
  first.socket.destroy()
  await until('the place to be free', async () => {
    const next = await open()
    next.socket.write('GET / HTTP/1.1\r\nHost: test\r\n\r\n')
    return until('an answer', () => next.answer.includes('served') || next.answer.includes(' 503 ')).then(
      () => next.answer.includes('served'),
    )
  })
})

test('a refused client that sends much has its answer, not a reset', async () => {
  await start(1, 0)
  await open()
  const refused = await open()
  refused.socket.write(`POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 5000000\r\n\r\n`)
  refused.socket.write(Buffer.alloc(2_000_000))
  await until('the connection to be closed', () => refused.closed)
  expect(refused.answer).toContain('"code":"CONNECTIONS_FULL"')
  expect(refused.failed).toBeUndefined()
})

test('a refused client that keeps its side open is cut off after a moment', async () => {
  await start(1, 0)
  await open()
  const refused = await open('127.0.0.1', true)
  await until('the answer', () => refused.answer.includes('CONNECTIONS_FULL'))
  const writing = setInterval(() => refused.socket.write('x'), 50)
  await until('the connection to be cut', () => refused.closed)
  clearInterval(writing)
})

test('a flood of refused connections is cut without ceremony, and the one that was there is served', async () => {
  await start(1, 0)
  const first = await open()
  const flood = await Promise.all(Array.from({ length: 300 }, () => open('127.0.0.1', true)))
  await until('all to be ended', () => flood.every(({ ended, closed }) => ended || closed))
  expect(flood.filter(({ answer }) => answer.includes('CONNECTIONS_FULL'))).toHaveLength(100)
  expect(await answerTo(first)).toContain('served')
})

test('a server with a refused connection closes', async () => {
  await start(1, 0)
  const first = await open()
  const refused = await open()
  first.socket.destroy()
  server.close()
  await once(server, 'close')
  expect(refused.answer).toContain('CONNECTIONS_FULL')
})

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['', ''],
])('the client behind address "%s" is known as "%s"', (address, network) => {
  expect(networkOf(address)).toBe(network)
})
