import request from 'supertest'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { countedMetrics as metrics } from '../../../src/observability/metrics/metric-table.ts'
import { startTestApp, type TestApp } from '../../support/test-app.ts'
import { TestServer } from '../../support/test-server.ts'
import { until } from '../../support/until.ts'

let testApp: TestApp
beforeAll(async () => {
  testApp = await startTestApp({ OFFLOOP_THREADS: '1', OFFLOOP_QUEUE_MAX: '0' })
})
afterAll(() => testApp[Symbol.asyncDispose]())

const requests = (method: string, route: string, status: string) =>
  testApp.counted.observed(metrics.httpRequestDuration, [method, route, status])?.count
const runs = (task: string, outcome: string) => testApp.counted.observed(metrics.taskRun, [task, outcome])
const waits = (task: string, outcome: string) =>
  testApp.counted.observed(metrics.taskQueueWait, [task, outcome])
const run = (name: string, input: object) => request(testApp.app).post(`/api/tasks/${name}`).send(input)

test('a request is counted by method, pattern of its route and status, with its bytes', async () => {
  const { text } = await run('busy', { ms: 20 }).expect(200)
  const route = '/api/tasks/:name'
  await until('the request', () => requests('POST', route, '200') === 1)
  expect(testApp.counted.value(metrics.httpRequestBodyBytes, [route])).toBe('{"ms":20}'.length)
  expect(testApp.counted.value(metrics.httpResponseBodyBytes, [route])).toBe(text.length)
  expect(runs('busy', 'ok')).toMatchObject({ count: 1 })
  expect(runs('busy', 'ok')?.sum).toBeGreaterThan(0.019)
  expect(waits('busy', 'ok')?.count).toBe(1)
})

test('bytes of a body are those that came, whatever was announced', async () => {
  await using server = await TestServer.start(testApp)
  const route = '/api/tasks/:name'
  const bytes = () => testApp.counted.value(metrics.httpRequestBodyBytes, [route]) ?? 0
  const before = bytes()
  const ask = (headers: string, body: string) =>
    server.open(
      `POST /api/tasks/busy HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers}\r\n\r\n${body}`,
    )
  await ask('Transfer-Encoding: chunked', '8\r\n{"ms":1}\r\n0\r\n\r\n').answers(1)
  await until('the one that came in chunks', () => bytes() === before + '{"ms":1}'.length)
  // After such a step a counter would be too coarse for any other.
  await ask(`Content-Length: ${2n ** 63n}`, '').answers(1)
  await until('the one that was refused', () => requests('POST', route, '413') === 1)
  expect(bytes()).toBe(before + '{"ms":1}'.length)
})

test('paths and methods that clients make up share one series', async () => {
  await request(testApp.app).get('/made/up/1').expect(404)
  await request(testApp.app).get('/made/up/2').expect(404)
  await request(testApp.app).purge('/livez').expect(405)
  await until('both', () => requests('GET', 'none', '404') === 2)
  await until('the other one', () => requests('other', '/livez', '405') === 1)
  expect(testApp.counted.names.filter((name) => name.includes('made'))).toEqual([])
})

test('the answer to a HEAD has no bytes', async () => {
  await request(testApp.app).head('/livez').expect(200)
  await until('it', () => requests('HEAD', '/livez', '200') === 1)
  expect(testApp.counted.value(metrics.httpResponseBodyBytes, ['/livez'])).toBeLessThan(1000)
})

test('what is refused has waited for nothing and not run', async () => {
  const ahead = run('busy', { ms: 300 }).then(() => {})
  await until('the thread to be busy', () => testApp.scheduler.running === 1)
  await run('busy', { ms: 1 }).expect(503)
  await until('the refusal', () => waits('busy', 'refused')?.count === 1)
  expect(runs('busy', 'refused')).toBeUndefined()
  expect(testApp.counted.value(metrics.taskRefusals, ['busy', 'QUEUE_FULL'])).toBe(1)
  await ahead
})

test('a client that goes is 499, and its run was cancelled', async () => {
  const gone = run('forever', {})
  gone.catch(() => {})
  await until('the thread to be busy', () => testApp.scheduler.running === 1)
  gone.abort()
  await until('its end', () => requests('POST', '/api/tasks/:name', '499') === 1)
  await until('the thread to be free', () => testApp.scheduler.running === 0)
  await until('the cancellation', () =>
    ['stopped', 'terminated', 'finished'].some(
      (stage) => testApp.counted.value(metrics.taskCancellations, ['caller-gone', stage]) === 1,
    ),
  )
})

test('a name that is no task has no series', async () => {
  await run('made-up', {}).expect(404)
  await until('it', () => requests('POST', '/api/tasks/:name', '404') === 1)
  expect(testApp.counted.names.filter((name) => name.includes('made-up'))).toEqual([])
})
