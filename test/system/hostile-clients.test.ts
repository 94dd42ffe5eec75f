import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { RawClient } from '../support/test-server.ts'
import { until } from '../support/until.ts'

const MB = 1024 * 1024
const BUDGET = 128 * MB
const ANSWER = 12 * MB
const NEVER_READING = 100

const largeAnswer = JSON.stringify({ bytes: ANSWER })
const post = (path: string, headers: string, body = '') =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers}\r\n\r\n${body}`

/** A client at an address of its own, so that it is not taken for a good one. */
function open(cluster: Cluster, sent: string): RawClient {
  const port = Number(new URL(cluster.url).port)
  const client = new RawClient(connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' }))
  client.socket.write(sent)
  return client
}

function neverReads(cluster: Cluster, sent: string): RawClient {
  const client = open(cluster, sent)
  client.socket.pause()
  return client
}

test('hostile clients come to an end or wait for themselves: memory is bounded, good clients are served', async () => {
  await using cluster = await startCluster({
    OFFLOOP_PROCESSES: '1',
    OFFLOOP_THREADS: '2',
    OFFLOOP_QUEUE_MAX_BYTES: String(BUDGET),
    OFFLOOP_HEADERS_TIMEOUT_MS: '1000',
    OFFLOOP_REQUEST_TIMEOUT_MS: '2000',
  })
  const vitals = () => until('a word of the process', async () => (await cluster.slots())[0]?.vitals)
  const rssBefore = (await vitals()).memory.rssBytes

  const waiting = [
    ...Array.from({ length: NEVER_READING }, () =>
      neverReads(
        cluster,
        post('/api/tasks/large-answer', `Content-Length: ${largeAnswer.length}`, largeAnswer),
      ),
    ),
    neverReads(cluster, 'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(100_000)),
  ]
  const ending = [
    open(cluster, ''),
    open(cluster, 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow:'),
    open(cluster, 'GET /livez\r\n'),
    open(cluster, post('/api/tasks/hash', 'Content-Length: 100000', 'x')),
    open(cluster, post('/api/tasks/echo', 'Content-Length: 100000\r\nExpect: 100-continue')),
    open(cluster, post('/api/tasks/echo', 'Transfer-Encoding: chunked', '1\r\nx\r\n')),
    open(cluster, post('/api/tasks/echo', 'Transfer-Encoding: chunked\r\nContent-Length: 5', '0\r\n\r\n')),
    open(cluster, 'CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n'),
    open(cluster, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  ]

  let mostBytes = 0
  for (let round = 0; round < 30; round += 1) {
    expect(await (await cluster.task('echo', { message: 'good' })).json()).toMatchObject({ message: 'good' })
    expect((await fetch(`${cluster.url}/livez`)).status).toBe(200)
    mostBytes = Math.max(mostBytes, (await vitals()).memory.rssBytes)
  }
  await Promise.all(ending.map(({ closed }) => closed))
  mostBytes = Math.max(mostBytes, (await vitals()).memory.rssBytes)
  // The answers that were asked for are nine times the budget. Garbage is in this figure too.
  expect(mostBytes - rssBefore).toBeLessThan(2 * BUDGET)
  for (const { socket } of waiting) socket.destroy()
  await until('all requests to be over', async () => (await vitals()).requests.inFlight === 0)
  expect((await cluster.slots())[0]).toMatchObject({ state: 'ready', restarts: 0 })
})
