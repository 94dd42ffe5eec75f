import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import request from 'supertest'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sharedThreads, type TestApp } from '../support/test-app.ts'

/*
 * Runs whose threads die under them: the real application on real threads.
 */
const threads = sharedThreads()
let own: TestApp
let dir: string
beforeEach(async () => {
  own = await threads.startApp()
  dir = await mkdtemp(join(tmpdir(), 'offloop-retry-'))
})
afterEach(async () => {
  await own[Symbol.asyncDispose]()
  await rm(dir, { recursive: true })
})

const diesFirst = (times: number, text = 'kept') =>
  request(own.app)
    .post('/api/tasks/dies-first')
    .send({ file: join(dir, `${times}`), times, text })

test('a task that is idempotent is run again with its input when its thread has died under it', async () => {
  const text = 'ä'.repeat(100_000)
  const { body } = await diesFirst(2, text).expect(200)
  expect(body).toMatchObject({ runs: 3, text })
  expect(own.lines).toContainEqual(expect.objectContaining({ task: 'dies-first', attempts: 3, status: 200 }))
  expect(own.scheduler.memory.usedBytes).toBe(0)
})

test('so it is with a body without a length', async () => {
  const chunked = request(own.app).post('/api/tasks/dies-first').set('Transfer-Encoding', 'chunked')
  chunked.set('Content-Type', 'application/json')
  chunked.write(JSON.stringify({ file: join(dir, 'chunked'), times: 1, text: 'x'.repeat(300_000) }))
  const { body } = await chunked
  expect(body).toMatchObject({ runs: 2, text: 'x'.repeat(300_000) })
})

test('after the last attempt its caller is told', async () => {
  const { body } = await diesFirst(9).expect(500)
  expect(body.code).toBe('TASK_CRASHED')
})

test('in an outage nothing is tried again', async () => {
  for (let run = 0; run < 2; run++) await diesFirst(9).expect(500)
  await diesFirst(1).expect(500)
})

test('a task that is not idempotent is run once', async () => {
  await request(own.app).post('/api/tasks/crash').send({ how: 'exit' }).expect(500)
  expect(own.lines.some((line) => 'attempts' in line)).toBe(false)
})
