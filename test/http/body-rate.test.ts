import { once } from 'node:events'
import type { Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/test-app.ts'
import { TestServer } from '../support/test-server.ts'
import { until } from '../support/until.ts'

let testApp: TestApp
let server: TestServer
beforeAll(async () => {
  const settings = { OFFLOOP_MIN_BODY_BYTES_PER_SECOND: '200', OFFLOOP_THREADS: '1' }
  testApp = await startTestApp(settings, { bodyMs: 500 })
  server = await TestServer.start(testApp, { headersTimeoutMs: 60_000 })
})
afterEach(() => server.closeClients())
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await testApp[Symbol.asyncDispose]()
})

/** A client that has sent this much of its request. */
function begin(headers: string, body = '') {
  return server.open(
    `POST /api/tasks/hash HTTP/1.1\r\nHost: test\r\nContent-Type: text/plain\r\n${headers}\r\n\r\n${body}`,
  )
}

test('a body that trickles ends with 408, however it is sent, and its memory is free again', async () => {
  const clients = [
    begin('Content-Length: 1000000', 'x'.repeat(50)),
    begin('Transfer-Encoding: chunked', '5\r\nhello\r\n'),
    begin('Content-Length: 1000000\r\nExpect: 100-continue'),
  ]
  const trickle = setInterval(() => clients[0]?.socket.write('x'), 100)
  await until('the first bytes', () => testApp.scheduler.memory.usedBytes > 0)
  await Promise.all(clients.map(({ closed }) => closed))
  clearInterval(trickle)
  expect(clients.map(({ received }) => received.match(/ 408 Request Timeout/g)?.length)).toEqual([1, 1, 1])
  expect(testApp.scheduler.memory.usedBytes).toBe(0)
  expect(testApp.lines.at(-1)).toMatchObject({ status: 408, code: 'REQUEST_TIMEOUT' })
})

test('a body that trickles is told why, and that the connection closes', async () => {
  const client = begin('Content-Length: 1000000', 'x')
  await client.closed
  expect(client.received).toMatch(/^HTTP\/1\.1 408 /)
  expect(client.received).toContain('Connection: close')
  expect(client.received).toContain('"code":"REQUEST_TIMEOUT"')
  expect(client.received).toContain('at least 200 bytes a second over 500 ms')
})

test('a body that is slow, but not too slow, is taken', async () => {
  const client = begin('Content-Length: 400\r\nConnection: close')
  const trickle = setInterval(() => client.socket.write('x'.repeat(40)), 100)
  await until('the answer', () => client.received.includes('\r\n\r\n'))
  clearInterval(trickle)
  expect(client.received).toMatch(/^HTTP\/1\.1 200 /)
})

test('a body that we do not read does not count as slow', async () => {
  const connected = once(server.server, 'connection') as Promise<[Socket]>
  const client = begin('Content-Length: 10\r\nConnection: close', 'hello')
  const [peer] = await connected
  await until('the first bytes', () => testApp.scheduler.memory.usedBytes === 5)
  peer.pause()
  client.socket.write('world')
  const pausedAt = performance.now()
  await until('two windows to pass', () => performance.now() - pausedAt > 1000)
  expect(client.received).toBe('')
  peer.resume()
  await client.closed
  expect(client.received).toMatch(/^HTTP\/1\.1 200 /)
})
