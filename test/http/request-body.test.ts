import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { readRequestBody } from '../../src/http/request-body.ts'

const CLIENT = new URL('../fixtures/send-body.mjs', import.meta.url).pathname

/** So much fits into the kernel's buffers. */
const BYTES = 2 * 1024 * 1024
/** The 128 KB of a turn, and the chunk that reaches them. */
const MOST_OF_A_TURN = 192 * 1024

test('a large body arrives whole, and others have their turns of the event loop while it does', async () => {
  let ofTurn = 0
  let most = 0
  const onBytes = (bytes: number) => {
    if (ofTurn === 0) setImmediate(() => (ofTurn = 0))
    ofTurn += bytes
    most = Math.max(most, ofTurn)
  }
  const arrived = Promise.withResolvers<[IncomingMessage, ServerResponse]>()
  const server = createServer((...both) => arrived.resolve(both))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  // Another process: what this one sent itself it could not read at once.
  const client = fork(CLIENT, [String(port), String(BYTES)])
  try {
    const [[request, response]] = await Promise.all([arrived.promise, once(client, 'message')])
    const limits = { maxBytes: BYTES, minRate: { bytesPerSecond: 0, windowMs: 1000 }, onBytes }
    const body = await readRequestBody(request, response, limits)
    expect(Buffer.from(body).equals(Buffer.alloc(BYTES, 'offloop'))).toBe(true)
    expect(most).toBeLessThanOrEqual(MOST_OF_A_TURN)
    response.end('read')
    expect(await once(client, 'message')).toEqual(['read', undefined])
    await once(client, 'exit')
  } finally {
    client.kill()
    server.close()
  }
})
