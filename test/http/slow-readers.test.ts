import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/test-app.ts'
import { TestServer } from '../support/test-server.ts'
import { until } from '../support/until.ts'

/*
 * Clients that do not take the answers they asked for.
 */
const MB = 1024 * 1024
const BUDGET = 192 * MB
/** More than the kernel takes for a client that does not read. */
const ANSWER = 16 * MB

let testApp: TestApp
let server: TestServer
beforeAll(async () => {
  const settings = {
    OFFLOOP_MIN_ANSWER_BYTES_PER_SECOND: '200000',
    OFFLOOP_QUEUE_MAX_BYTES: String(BUDGET),
    OFFLOOP_THREADS: '2',
  }
  testApp = await startTestApp(settings, { answerMs: 1000 })
  server = await TestServer.start(testApp)
})
afterEach(async () => {
  server.closeClients()
  await until('all to be closed', () => testApp.draining.unanswered === 0)
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await testApp[Symbol.asyncDispose]()
})

function askFor(bytes: number) {
  const body = JSON.stringify({ bytes })
  return `POST /api/tasks/large-answer HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

test('a client that never reads is cut off, its memory is free again, and the log says why', async () => {
  const client = server.open(askFor(ANSWER))
  client.socket.pause()
  await until('the answer to wait', () => testApp.scheduler.memory.usedBytes === ANSWER)
  await until('the connection to be cut', () => testApp.draining.unanswered === 0)
  expect(testApp.scheduler.memory.usedBytes).toBe(0)
  expect(testApp.lines.at(-1)).toMatchObject({
    msg: 'request cut off',
    status: 200,
    code: 'READER_TOO_SLOW',
    task: 'large-answer',
  })
})

test('a client that reads slowly, but not too slowly, has its answer', async () => {
  const client = server.open(askFor(ANSWER))
  const pace = setInterval(() => client.socket.isPaused() && client.socket.resume(), 20)
  client.socket.on('data', () => client.socket.pause())
  await until('the answer', () => client.received.length > ANSWER, 30_000)
  clearInterval(pace)
  await until('it to be over', () => testApp.draining.unanswered === 0)
  expect(testApp.lines.at(-1)).toMatchObject({ msg: 'request', status: 200 })
})

test('many small answers that nobody reads are one connection that is too slow', async () => {
  const client = server.open('GET /api/tasks HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(900))
  client.socket.pause()
  const more = setInterval(
    () => client.socket.write('GET /api/tasks HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(500)),
    20,
  )
  const ofThis = ({ url, code }: Record<string, unknown>) =>
    url === '/api/tasks' && code === 'READER_TOO_SLOW'
  await until('an answer to be cut off', () => testApp.lines.some(ofThis))
  clearInterval(more)
})

test('clients that never read hold no more than their share and no thread; others are served', async () => {
  const hostile = Array.from({ length: 20 }, () => server.open(askFor(ANSWER), '127.0.0.2'))
  for (const { socket } of hostile) socket.pause()
  const { memory } = testApp.scheduler
  let mostBytes = 0
  const watch = setInterval(() => {
    mostBytes = Math.max(mostBytes, memory.usedBytes)
  }, 5)
  await until('their share to be used', () => memory.usedBytes > BUDGET / 2)
  await until('the threads to be free', () => testApp.scheduler.running + testApp.scheduler.queued === 0)
  const good = server.open(askFor(MB).repeat(3))
  expect(await good.answers(3)).toEqual([200, 200, 200])
  const refused = server.open(askFor(MB), '127.0.0.2')
  expect(await refused.answers(1)).toEqual([503])
  expect(refused.received).toContain('"code":"QUEUE_FULL"')
  expect(refused.received).toContain('bytes of answers still to read')
  clearInterval(watch)
  // What was begun before the share was used up still came back: a few answers for each thread.
  expect(mostBytes).toBeLessThan(BUDGET)
})
