import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished, test, expect } from 'vitest'
import { KeptConnection } from '../../../bench/harness/kept-connection.ts'

const ASK = { method: 'POST', path: '/any', contentType: 'text/plain', body: Buffer.from('hello') } as const

test('an answer has its status, its media type and its whole body', async () => {
  const connection = await connectedTo((request, response) => {
    response.writeHead(201, { 'Content-Type': 'text/x-test' })
    request.pipe(response)
  })
  const { status, contentType, body } = await connection.ask(ASK)
  expect([status, contentType, String(body)]).toEqual([201, 'text/x-test', 'hello'])
})

test('requests of one client share a connection', async () => {
  const ports = new Set<number | undefined>()
  const connection = await connectedTo((request, response) => {
    ports.add(request.socket.remotePort)
    request.resume().on('end', () => response.end())
  })
  for (let count = 0; count < 3; count++) await connection.ask(ASK)
  expect(ports.size).toBe(1)
})

test('a connection that is cut is an error', async () => {
  const connection = await connectedTo((request) => request.socket.destroy())
  await expect(connection.ask(ASK)).rejects.toThrow('socket hang up')
})

test('an answer that ends early is an error', async () => {
  const connection = await connectedTo((_request, response) => {
    response.writeHead(200, { 'Content-Length': 100 })
    response.write('short', () => response.destroy())
  })
  await expect(connection.ask(ASK)).rejects.toThrow('aborted')
})

test('who hangs up on a slow answer is told that none had begun', async () => {
  const connection = await connectedTo(() => {})
  expect(await connection.hangUpOn(ASK, 1)).toBe(true)
})

test('who hangs up too late is told that an answer had begun, and may ask again', async () => {
  const connection = await connectedTo((request, response) => {
    request.resume().on('end', () => response.end('fast'))
  })
  expect(await connection.hangUpOn(ASK, 60_000)).toBe(false)
  expect((await connection.ask(ASK)).status).toBe(200)
})

async function connectedTo(answer: RequestListener): Promise<KeptConnection> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const connection = new KeptConnection(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  onTestFinished(async () => {
    connection.close()
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  return connection
}
