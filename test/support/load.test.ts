import { once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { startLoad } from './load.ts'
import { countKinds } from './load-result.ts'
import type { Route } from './load-routes.ts'

/*
 * A harness that overlooks a lost request proves nothing: here each kind of loss is made on purpose.
 */
let close = () => {}
afterEach(() => close())

const echo: Route = {
  name: 'echo',
  ask: (number) => ({
    method: 'POST',
    path: '/',
    body: { message: number },
    isAnswer: ({ message }) => message === number,
  }),
}

/** A server that echoes, but for the request with this number, and counts what reaches it. */
async function serverWith(strangeNumber: number, beStrange: (response: ServerResponse) => void) {
  const seen = { requests: 0, connections: 0 }
  const listener: RequestListener = (request, response) => {
    seen.requests += 1
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      if (body === `{"message":${strangeNumber}}`) beStrange(response)
      else response.end(body)
    })
  }
  const server = createServer(listener).listen(0, '127.0.0.1')
  server.on('connection', () => {
    seen.connections += 1
  })
  await once(server, 'listening')
  close = () => server.close().closeAllConnections()
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

const bounds = { maxRequests: 100, maxSeconds: 10, routes: [echo] }

test('a load ends by itself at its maximum, and every answer is counted', async () => {
  const { url, seen } = await serverWith(-1, () => {})
  const load = startLoad({ url, ...bounds })
  await load.more(100)
  const result = await load.stop()
  expect(result).toMatchObject({ requests: 100, succeeded: 100, failures: [] })
  expect(seen.requests).toBe(100)
  expect(load.outstanding).toBe(0)
  await expect(load.more(1)).rejects.toThrow('The load ended with 1 requests to go')
})

test('half of the clients keep one connection, the others open one for each request', async () => {
  const { url, seen } = await serverWith(-1, () => {})
  const kept = await startLoad({ url, clients: 1, ...bounds }).more(100)
  expect(kept).toBeUndefined()
  expect(seen.connections).toBe(1)
  const both = startLoad({ url, clients: 2, ...bounds })
  await both.more(100)
  await both.stop()
  expect(seen.connections).toBeGreaterThan(10)
  expect(seen.connections).toBeLessThan(102)
})

describe('a request fails, once and without another attempt, when the server', () => {
  test.each<[what: string, kind: string, beStrange: (response: ServerResponse) => void]>([
    ['closes the connection', 'ECONNRESET', (response) => response.socket?.destroy()],
    ['resets the connection', 'ECONNRESET', (response) => response.socket?.resetAndDestroy()],
    ['refuses', 'status 503', (response) => response.writeHead(503).end('{"message":50}')],
    ['gives the answer to another request', 'wrong answer', (response) => response.end('{"message":49}')],
    ['answers with something else', 'wrong answer', (response) => response.end('<html>')],
    [
      'stops in the middle of its answer',
      'incomplete answer',
      (response) => {
        response.writeHead(200, { 'Content-Length': '14' })
        response.write('{"message"', () => response.socket?.destroy())
      },
    ],
  ])('%s', async (_what, kind, beStrange) => {
    const { url, seen } = await serverWith(50, beStrange)
    // One client, which keeps its connection: where others silently try again.
    const load = startLoad({ url, clients: 1, ...bounds })
    await load.more(100)
    const { requests, succeeded, failures } = await load.stop()
    expect({ requests, succeeded }).toEqual({ requests: 100, succeeded: 99 })
    expect(failures).toMatchObject([{ kind, route: 'echo', connection: 'reused' }])
    expect(countKinds(failures)).toEqual({ [`${kind} (reused)`]: 1 })
    expect(seen.requests).toBe(100)
  })
})

test('nobody listening is a failure of each request, on a fresh connection', async () => {
  const { url } = await serverWith(-1, () => {})
  close()
  const load = startLoad({ url, ...bounds })
  await load.more(100)
  expect(countKinds((await load.stop()).failures)).toEqual({ 'ECONNREFUSED (fresh)': 100 })
})
