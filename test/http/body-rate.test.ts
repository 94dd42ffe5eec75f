import { once } from 'node:events'
import type { Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { BodyRate } from '../../src/http/body-rate.ts'
import { createHttpServer } from '../../src/http/server.ts'
import { socketClosed } from '../support/socket-closed.ts'
import { startTestApp, type TestApp } from '../support/test-app.ts'
import { until } from '../support/until.ts'

describe('the decision', () => {
  const min = { bytesPerSecond: 100, windowMs: 5000 }
  /** What it says at each second, for what had arrived by then. */
  const verdicts = (received: number[], paused: number[] = []) => {
    const rate = new BodyRate(min, 0)
    return received.map((bytes, index) => rate.isTooSlow((index + 1) * 1000, bytes, paused.includes(index)))
  }

  test('gives every body one window of grace', () => {
    expect(verdicts([0, 0, 0, 0, 0])).toEqual([false, false, false, false, true])
  })

  test('leaves a body alone that is as fast as wanted, and no faster', () => {
    expect(verdicts(Array.from({ length: 20 }, (_, second) => (second + 1) * 100))).not.toContain(true)
    expect(verdicts([100, 200, 300, 400, 499])).toEqual([false, false, false, false, true])
  })

  test('looks at the last window alone: what came quickly before does not pay for it', () => {
    expect(verdicts([90_000, 90_000, 90_000, 90_000, 90_000, 90_000])).toEqual([
      false,
      false,
      false,
      false,
      false,
      true,
    ])
  })

  test('does not mind a pause within the window', () => {
    expect(verdicts([0, 0, 0, 0, 600, 600, 600, 600, 600, 600]).indexOf(true)).toBe(9)
  })

  test('begins a new window where reading was paused', () => {
    expect(verdicts([0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [3]).indexOf(true)).toBe(8)
  })

  test('begins a new window after the event loop stood still', () => {
    const rate = new BodyRate(min, 0)
    expect(rate.isTooSlow(7000, 0, false)).toBe(false)
    for (const now of [8000, 9000, 10_000, 11_000]) expect(rate.isTooSlow(now, 0, false)).toBe(false)
    expect(rate.isTooSlow(12_000, 0, false)).toBe(true)
  })
})

describe('a body', () => {
  let testApp: TestApp
  let server: Server
  const sockets: Socket[] = []
  beforeAll(async () => {
    const settings = { OFFLOOP_MIN_BODY_BYTES_PER_SECOND: '200', OFFLOOP_THREADS: '1' }
    testApp = await startTestApp(settings, 500)
    server = createHttpServer(testApp.app, {
      headersTimeoutMs: 60_000,
      requestTimeoutMs: 60_000,
      keepAliveTimeoutMs: 5000,
      maxConnections: 0,
      maxConnectionsPerAddress: 0,
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy()
  })
  afterAll(async () => {
    server.close()
    server.closeAllConnections()
    await testApp[Symbol.asyncDispose]()
  })

  /** A client that has sent this much of its request; what it receives, and when it is closed. */
  function begin(headers: string, body = '') {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    sockets.push(socket)
    const client = { socket, answer: '', closed: socketClosed(socket) }
    socket.on('data', (data) => {
      client.answer += data
    })
    socket.write(
      `POST /api/tasks/hash HTTP/1.1\r\nHost: test\r\nContent-Type: text/plain\r\n${headers}\r\n\r\n${body}`,
    )
    return client
  }

  test('that trickles ends with 408, however it is sent, and its memory is free again', async () => {
    const clients = [
      begin('Content-Length: 1000000', 'x'.repeat(50)),
      begin('Transfer-Encoding: chunked', '5\r\nhello\r\n'),
      begin('Content-Length: 1000000\r\nExpect: 100-continue'),
    ]
    const trickle = setInterval(() => clients[0]?.socket.write('x'), 100)
    await until('the first bytes', () => testApp.scheduler.memory.usedBytes > 0)
    await Promise.all(clients.map(({ closed }) => closed))
    clearInterval(trickle)
    expect(clients.map(({ answer }) => answer.match(/ 408 Request Timeout/g)?.length)).toEqual([1, 1, 1])
    expect(testApp.scheduler.memory.usedBytes).toBe(0)
    expect(testApp.lines.at(-1)).toMatchObject({ status: 408, code: 'REQUEST_TIMEOUT' })
  })

  test('that trickles is told why, and that the connection closes', async () => {
    const client = begin('Content-Length: 1000000', 'x')
    await client.closed
    expect(client.answer).toMatch(/^HTTP\/1\.1 408 /)
    expect(client.answer).toContain('Connection: close')
    expect(client.answer).toContain('"code":"REQUEST_TIMEOUT"')
    expect(client.answer).toContain('at least 200 bytes a second over 500 ms')
  })

  test('that is slow, but not too slow, is taken', async () => {
    const client = begin('Content-Length: 400\r\nConnection: close')
    const trickle = setInterval(() => client.socket.write('x'.repeat(40)), 100)
    await until('the answer', () => client.answer.includes('\r\n\r\n'))
    clearInterval(trickle)
    expect(client.answer).toMatch(/^HTTP\/1\.1 200 /)
  })

  test('that we do not read does not count as slow', async () => {
    const connected = once(server, 'connection') as Promise<[Socket]>
    const client = begin('Content-Length: 10\r\nConnection: close', 'hello')
    const [peer] = await connected
    await until('the first bytes', () => testApp.scheduler.memory.usedBytes === 5)
    peer.pause()
    client.socket.write('world')
    const pausedAt = performance.now()
    await until('two windows to pass', () => performance.now() - pausedAt > 1000)
    expect(client.answer).toBe('')
    peer.resume()
    await client.closed
    expect(client.answer).toMatch(/^HTTP\/1\.1 200 /)
  })
})
