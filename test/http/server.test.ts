import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { socketClosed } from '../support/socket-closed.ts'
import { startTestApp, type TestApp } from '../support/test-app.ts'
import { TestServer } from '../support/test-server.ts'

/*
 * What no well-behaved client sends, byte by byte on a real socket.
 */
let testApp: TestApp
let server: TestServer
let port: number
beforeAll(async () => {
  testApp = await startTestApp({ OFFLOOP_MAX_BODY_BYTES: '1000000', OFFLOOP_THREADS: '1' })
  server = await TestServer.start(testApp, { headersTimeoutMs: 200, requestTimeoutMs: 300 })
  port = server.port
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await testApp[Symbol.asyncDispose]()
})

/** Sends this and collects what comes back until the server closes the connection. */
async function exchange(...parts: (string | Buffer)[]): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.on('data', (data) => {
    answer += data
  })
  // A reset after the answer is the server's right; before it, the assertion on the answer fails.
  const closed = socketClosed(socket)
  for (const part of parts) socket.write(part)
  await closed
  return answer
}

const post = (headers: string, path = '/api/tasks/hash') =>
  `POST ${path} HTTP/1.1\r\nHost: test\r\nContent-Type: text/plain\r\n${headers}\r\n\r\n`

function problemOf(answer: string): { code?: string; status?: number } {
  return JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1)) as object
}

test('what is not HTTP is answered with 400 and the connection closed', async () => {
  const answer = await exchange('GET / HTTP/1.1\r\nno colon here\r\n\r\n')
  expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
  expect(answer).toContain('Connection: close')
  expect(problemOf(answer)).toMatchObject({ code: 'REQUEST_MALFORMED', status: 400, success: false })
})

test('headers without end are answered with 431', async () => {
  const answer = await exchange(`GET / HTTP/1.1\r\nHost: test\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`)
  expect(answer).toMatch(/^HTTP\/1\.1 431 /)
  expect(problemOf(answer).code).toBe('HEADERS_TOO_LARGE')
})

test('headers that do not arrive in time are answered with 408', async () => {
  const answer = await exchange('GET / HTTP/1.1\r\nHost: te')
  expect(answer).toMatch(/^HTTP\/1\.1 408 /)
  expect(problemOf(answer).code).toBe('REQUEST_TIMEOUT')
})

test('a body that does not arrive in time is answered with 408', async () => {
  const answer = await exchange(post('Content-Length: 10'), '12345')
  expect(answer).toMatch(/^HTTP\/1\.1 408 /)
  expect(problemOf(answer).code).toBe('REQUEST_TIMEOUT')
})

test('a client that announces too much has its answer before it sends the rest', async () => {
  const answer = await exchange(post('Content-Length: 5000000'), Buffer.alloc(600_000))
  expect(answer).toMatch(/^HTTP\/1\.1 413 /)
  expect(problemOf(answer).code).toBe('BODY_TOO_LARGE')
})

test('a client that asks before it sends is told to go on, or told why not', async () => {
  const refused = await exchange(post('Expect: 100-continue\r\nContent-Length: 5000000'))
  expect(refused).toMatch(/^HTTP\/1\.1 413 /)
  const accepted = await exchange(
    post('Expect: 100-continue\r\nContent-Length: 5\r\nConnection: close'),
    'hello',
  )
  expect(accepted).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/)
  const other = await exchange(post('Expect: miracles\r\nContent-Length: 5\r\nConnection: close'), 'hello')
  expect(other).toMatch(/^HTTP\/1\.1 417 /)
  expect(problemOf(other).code).toBe('EXPECTATION_FAILED')
})

test('a body that is cut off ends the request, and the server goes on', async () => {
  const socket = connect(port, '127.0.0.1')
  socket.write(`${post('Content-Length: 100')}12345`)
  await once(socket, 'connect')
  socket.destroy()
  expect(await exchange(post('Content-Length: 5\r\nConnection: close'), 'hello')).toMatch(
    /^HTTP\/1\.1 200 OK/,
  )
})

test('a connection that was too slow is cut, also where its client keeps its own side open', async () => {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  const closed = socketClosed(socket)
  socket.write('GET / HTTP/1.1\r\nHost: test\r\n')
  const [answer] = (await once(socket, 'data')) as [Buffer]
  expect(String(answer)).toMatch(/^HTTP\/1\.1 408 /)
  // This end stays open; that the other one goes is seen when something is sent to it.
  const writing = setInterval(() => socket.write('x'), 50)
  await closed
  clearInterval(writing)
})

test('no header is dropped, however many there are', async () => {
  const filler = 'a:\r\n'.repeat(1500)
  const answer = await exchange(
    post(`${filler}X-Timeout-Ms: never\r\nContent-Length: 0\r\nConnection: close`),
  )
  expect(problemOf(answer).code).toBe('TIMEOUT_INVALID')
})

test('a request without a Host is refused, and the log says so', async () => {
  const answer = await exchange('GET /livez HTTP/1.1\r\n\r\n')
  expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  expect(problemOf(answer).code).toBe('REQUEST_MALFORMED')
  expect(testApp.lines.at(-1)).toMatchObject({ code: 'REQUEST_MALFORMED', url: '/livez', status: 400 })
})

test.each([
  ['both a length and chunks', 'Content-Length: 5\r\nTransfer-Encoding: chunked', '0\r\n\r\n'],
  ['two lengths', 'Content-Length: 5\r\nContent-Length: 6', 'hello'],
  ['a space before the colon', 'Content-Length : 5', 'hello'],
  ['an encoding that is not chunked', 'Transfer-Encoding: xchunked', '0\r\n\r\n'],
  ['chunks larger than numbers', 'Transfer-Encoding: chunked', 'ffffffffffffffffff\r\n'],
])(
  'a body that could be read in two ways is refused, and nothing behind it is looked at: %s',
  async (_what, headers, body) => {
    const answer = await exchange(`${post(headers)}${body}GET /livez HTTP/1.1\r\nHost: test\r\n\r\n`)
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400'])
    expect(problemOf(answer).code).toBe('REQUEST_MALFORMED')
  },
)

test.each([
  ['a TLS hello', Buffer.from(`16030100a5010000a10303${'ab'.repeat(150)}`, 'hex'), 400],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  ['a CONNECT', 'CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n', 405],
  ['an endless line', `GET /${'a'.repeat(30_000)}`, 431],
  [
    'endless trailers',
    `${post('Transfer-Encoding: chunked')}1\r\nx\r\n0\r\n${'A: b\r\n'.repeat(20_000)}`,
    431,
  ],
  ['endless blank lines', '\r\n'.repeat(5000), 408],
])('%s is refused and the connection closed', async (_what, bytes, status) => {
  expect(await exchange(bytes)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
})

test('an upgrade that is not wanted is an ordinary request', async () => {
  const upgrade = 'Connection: Upgrade, close\r\nUpgrade: websocket'
  const answer = await exchange(`GET /livez HTTP/1.1\r\nHost: test\r\n${upgrade}\r\n\r\n`)
  expect(answer).toMatch(/^HTTP\/1\.1 200 /)
})

test('a small request that is refused by its headers keeps its connection', async () => {
  const unknown = post('Content-Length: 5', '/api/tasks/unknown')
  const client = server.open(`${unknown}hello${unknown}`)
  expect(await client.answers(2)).toEqual([404, 404])
  client.socket.write(`helloGET /livez HTTP/1.1\r\nHost: test\r\n\r\n`)
  expect(await client.answers(3)).toEqual([404, 404, 200])
  expect(client.received).not.toContain('Connection: close')
})

test('a large one does not', async () => {
  const answer = await exchange(post('Content-Length: 500000', '/api/tasks/unknown'), 'hello')
  expect(answer).toMatch(/^HTTP\/1\.1 404 /)
  expect(answer).toContain('Connection: close')
})

test.each(['its client', 'a drain'])(
  'a small one that closes because of %s waits for its body first',
  async (who) => {
    if (who === 'a drain') testApp.draining.begin()
    const close = who === 'its client' ? '\r\nConnection: close' : ''
    const client = server.open(post(`Content-Length: 5${close}`, '/api/tasks/unknown'))
    expect(await client.answers(1)).toEqual([404])
    // Had the server ended its side with the answer, its end would be here before an answer on another connection.
    await server.open('GET /livez HTTP/1.1\r\nHost: test\r\n\r\n').answers(1)
    expect(client.socket.readableEnded).toBe(false)
    client.socket.write('hello')
    expect(await client.end()).toMatch(/Connection: close/)
  },
)
