import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { ServerDrain } from '../../src/http/draining.ts'
import { MOST_HELD, MOST_HELD_IN_ALL, Pipelines } from '../../src/http/pipelines.ts'
import { sharedThreads } from '../support/test-app.ts'
import { RawClient, TestServer } from '../support/test-server.ts'
import { until } from '../support/until.ts'

/*
 * Requests that come on one connection before their predecessors are answered.
 */
const MAX = 3

const threads = sharedThreads()

let server: Server
const clients: RawClient[] = []
afterEach(() => {
  for (const { socket } of clients.splice(0)) socket.destroy()
  server.closeAllConnections()
  server.close()
})

/** A server that answers at once, but for `/slow`, which waits to be told. */
async function start() {
  const begun: string[] = []
  const slow: ServerResponse[] = []
  let cut = 0
  server = createServer()
  const pipelines = new Pipelines({
    maxPipelined: MAX,
    onArrival: () => {},
    refuse: (_request, response) => {
      response.writeHead(429, { Connection: 'close' }).end()
    },
    onCut: () => {
      cut += 1
    },
  })
  server.on('request', (request, response) =>
    pipelines.receive(request, response, () => {
      begun.push(request.url ?? '')
      if (request.url?.startsWith('/slow')) slow.push(response)
      else response.end(`<${request.url}>`)
    }),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const open = (sent: string) => {
    const client = new RawClient(connect(port, '127.0.0.1'))
    clients.push(client)
    client.socket.write(sent)
    return client
  }
  return { pipelines, begun, slow, open, cuts: () => cut }
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost:\r\n\r\n`
const many = (count: number, path: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => get(path(index))).join('')

test('all requests of a client that sends many at once are answered, in order', async () => {
  const { open } = await start()
  const client = open(many(900, (index) => `/${index}`))
  await client.answers(900)
  const bodies = [...client.received.matchAll(/<\/(\d+)>/g)].map(([, index]) => Number(index))
  expect(bodies).toEqual(Array.from({ length: 900 }, (_, index) => index))
})

test('no more than the limit are begun; the next one is when one is answered', async () => {
  const { begun, slow, open, pipelines } = await start()
  const client = open(many(6, (index) => `/slow${index}`))
  await until('the rest to be held', () => pipelines.held === 3)
  expect(begun).toEqual(['/slow0', '/slow1', '/slow2'])
  slow[0]?.end('first')
  await until('the next one', () => begun.length === 4)
  expect(pipelines.held).toBe(2)
  for (const index of [1, 2, 3, 4, 5]) {
    await until('its turn', () => slow.length > index)
    slow[index]?.end()
  }
  expect(await client.answers(6)).toEqual([200, 200, 200, 200, 200, 200])
  expect(pipelines.held).toBe(0)
})

test('a request waits with its body, which arrives in full', async () => {
  const { slow, open, pipelines } = await start()
  const size = 300_000
  const received: number[] = []
  server.prependListener('request', (request) => {
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    request.on('end', () => received.push(bytes))
  })
  const post = `POST /after HTTP/1.1\r\nHost:\r\nContent-Length: ${size}\r\n\r\n${'x'.repeat(size)}`
  const client = open(many(MAX, () => '/slow') + post + post)
  await until('the first to be held', () => pipelines.held >= 1)
  for (const response of slow) response.end()
  expect(await client.answers(MAX + 2)).toEqual([200, 200, 200, 200, 200])
  expect(received.slice(-2)).toEqual([size, size])
})

test('a flood is not read on: what is not begun waits with its client', async () => {
  const { slow, open, pipelines, begun } = await start()
  const paths = (index: number) => (index < MAX ? '/slow' : `/${'x'.repeat(200)}`)
  const client = open(many(50_000, paths))
  await until('some to be held', () => pipelines.held > 0)
  await until('the client to be stopped', () => client.socket.writableLength > 0)
  expect(pipelines.held).toBeLessThan(MOST_HELD)
  expect(begun).toHaveLength(MAX)
  for (const response of slow) response.end()
  await client.answers(50_000)
})

test('one request too many is refused behind the answers to those before it, and the connection closes', async () => {
  const { slow, open, begun, pipelines } = await start()
  const client = open(many(2000, (index) => (index < MAX ? '/slow' : `/${index}`)))
  await until('the flood to be held', () => pipelines.held >= MOST_HELD)
  expect(client.received).toBe('')
  for (const response of slow) response.end()
  await client.closed
  expect(client.statuses).toHaveLength(MAX + MOST_HELD + 1)
  expect(client.statuses.slice(0, -1).every((status) => status === 200)).toBe(true)
  expect(client.statuses.at(-1)).toBe(429)
  expect(begun).toHaveLength(MAX + MOST_HELD)
  await until('the rest to be forgotten', () => pipelines.held === 0)
})

test('floods on many connections come to a bound in all, and others are served meanwhile', async () => {
  const { open, pipelines, cuts } = await start()
  const flood = many(2300, (index) => (index < MAX ? '/slow' : '/'))
  const floods = Array.from({ length: 12 }, () => open(flood))
  await until('some to be cut', () => cuts() > 0)
  expect(pipelines.held).toBeLessThanOrEqual(MOST_HELD_IN_ALL)
  expect(await open(get('/')).answers(1)).toEqual([200])
  for (const { socket } of floods) socket.destroy()
  await Promise.all(floods.map(({ closed }) => closed))
})

test('a connection whose client has gone is noticed with the first answer, and its requests no longer count', async () => {
  const { slow, open, pipelines } = await start()
  const client = open(many(6, () => '/slow'))
  await until('the rest to be held', () => pipelines.held === 3)
  const closed = Promise.all(slow.map((response) => once(response, 'close')))
  client.socket.resetAndDestroy()
  await client.closed
  slow[0]?.end('for nobody')
  await closed
  await until('the rest to be forgotten', () => pipelines.held === 0)
})

test('what is not HTTP is answered behind the requests before it', async () => {
  await using testApp = await threads.startApp()
  await using testServer = await TestServer.start(testApp)
  const body = JSON.stringify({ ms: 100 })
  const slow = `POST /api/tasks/busy HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  const client = testServer.open(`${slow}${get('/livez')}no HTTP at all\r\n\r\n`)
  await client.closed
  expect(client.statuses).toEqual([200, 200, 400])
  expect(testApp.lines).toContainEqual(
    expect.objectContaining({ msg: 'not a request', code: 'REQUEST_MALFORMED' }),
  )
})

test('CONNECT is refused behind the requests before it, none of which is left over', async () => {
  await using testApp = await threads.startApp()
  await using testServer = await TestServer.start(testApp)
  const body = JSON.stringify({ ms: 100 })
  const slow = `POST /api/tasks/busy HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  const connectTo = 'CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n'
  const client = testServer.open(`${slow}${get('/livez')}${connectTo}`)
  await client.closed
  expect(client.statuses).toEqual([200, 200, 405])
  const gone = testServer.open(`${slow}${slow}${slow}${connectTo}`)
  await until('the requests', () => testApp.draining.unanswered === 3)
  gone.socket.destroy()
  await until('all to be closed', () => testApp.draining.unanswered === 0)
})

test('a drain loses none of the requests that wait, nor of those that are not read yet', async () => {
  await using testApp = await threads.startApp()
  const testServer = await TestServer.start(testApp, { maxPipelined: 2 })
  const serverDrain = new ServerDrain(testServer.server, testApp.draining)
  const body = JSON.stringify({ ms: 20 })
  const slow = `POST /api/tasks/busy HTTP/1.1\r\nHost: x\r\nX-Fill: ${'x'.repeat(3000)}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  // More than is read at once.
  const client = testServer.open(slow.repeat(40))
  await client.answers(1)
  const drained = serverDrain.run(60_000, 1000)
  await client.closed
  expect(client.statuses).toEqual(Array.from({ length: 40 }, () => 200))
  expect(await drained).toBe(0)
})

test('a request that has arrived in part does not run out of time while its connection is not read', async () => {
  await using testApp = await threads.startApp()
  await using testServer = await TestServer.start(testApp, { maxPipelined: 1, headersTimeoutMs: 400 })
  const body = JSON.stringify({ ms: 1700 })
  const slow = `POST /api/tasks/busy HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  const patient = testServer.open(`${slow}${slow}GET /livez HTTP/1.1\r\nHo`)
  await until('both to arrive', () => testApp.draining.unanswered === 2)
  // This waits in the kernel, beyond the time for headers.
  patient.socket.write('st: x\r\n\r\n')
  expect(await patient.answers(3)).toEqual([200, 200, 200])
  const silent = testServer.open(`${slow}${slow}GET /livez HTTP/1.1\r\nHo`)
  await silent.closed
  expect(silent.statuses).toEqual([200, 200, 408])
})
