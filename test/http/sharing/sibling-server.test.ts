import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { createServer as createNetServer, type Server as NetServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { SharingCounter } from '../../../src/http/sharing/sharing-counter.ts'
import { startSiblingRequest } from '../../../src/http/sharing/sibling-request.ts'
import { SiblingServer } from '../../../src/http/sharing/sibling-server.ts'
import { KEY_HEADER, siblingAddress } from '../../../src/protocol/shared-run.ts'
import type { Submission } from '../../../src/scheduler/limited-run.ts'
import { sharedThreads, type TestApp } from '../../support/test-app.ts'
import { until } from '../../support/until.ts'
import { someTrace } from '../../support/some-trace.ts'

/*
 * Both sides of a shared run over a real local socket, in one process: the thread that runs it does not
 * know who asked.
 */
let key: string
const threads = sharedThreads()
let app: TestApp
let server: SiblingServer
let counter: SharingCounter
beforeEach(async () => {
  key = crypto.randomUUID()
  app = await threads.startApp()
  counter = new SharingCounter(app.meters)
  const { scheduler, pool, log } = app
  server = new SiblingServer({ key, catalogue: pool.catalogue, scheduler, log, counter })
  await server.listen()
})
afterEach(async () => {
  await server.drain(0)
  await app[Symbol.asyncDispose]()
})

interface AskOptions {
  readonly signal?: AbortSignal
  readonly body?: Submission['body']
  readonly contentType?: string
  readonly query?: string
  readonly deadline?: number
  readonly tracestate?: string
}

function ask(name: string, input: unknown, options: AskOptions = {}) {
  const task = app.pool.catalogue.find((each) => each.name === name)
  if (task === undefined) throw new Error(`no fixture ${name}`)
  const { signal = new AbortController().signal, deadline } = options
  return startSiblingRequest({
    pid: process.pid,
    key,
    task,
    signal,
    ...(deadline !== undefined && { deadline }),
    submission: {
      requestId: 'shared',
      body: options.body ?? new TextEncoder().encode(JSON.stringify(input)).buffer,
      contentType: options.contentType ?? 'application/json',
      contentEncoding: undefined,
      accept: undefined,
      query: options.query ?? '',
      ...someTrace,
      tracestate: options.tracestate,
    },
  })
}

async function answerOf(asked: ReturnType<typeof ask>): Promise<Record<string, unknown>> {
  const answer = await asked.answer
  if (answer.kind === 'refused') return { code: answer.code, status: answer.status }
  return JSON.parse(new TextDecoder().decode(answer.body))
}

const threadIsFree = () => until('a free thread', () => app.pool.freeThreads() === 1)

describe('a run on a free thread', () => {
  test('begins, and gives the answer of the task', async () => {
    const asked = ask('echo', { message: 'héllo' }, { query: 'shout=yes' })
    expect(await asked.outcome).toBe('begun')
    expect(await answerOf(asked)).toMatchObject({ success: true, message: 'HÉLLO' })
    expect(counter.counts.taken).toBe(1)
  })

  test('has its bytes to the last one, also those that are kept for another attempt', async () => {
    const bytes = new Uint8Array(new SharedArrayBuffer(5_000_000)).map((_, index) => index * 31)
    const own = ask('hash', undefined, { body: bytes.slice().buffer, contentType: 'image/png' })
    const digest = (await answerOf(own)).digest
    await threadIsFree()
    const kept = ask('hash', undefined, { body: bytes.buffer, contentType: 'image/png' })
    expect(await answerOf(kept)).toMatchObject({ bytes: 5_000_000, digest })
    expect(bytes[4_999_999]).toBe((4_999_999 * 31) % 256)
  })

  test('stays in the trace of its request, and tells what the encoding took', async () => {
    const asked = ask('trace', {})
    expect(await answerOf(asked)).toMatchObject({ traceparent: someTrace.traceparent, tracestate: null })
    expect(await asked.answer).toMatchObject({ encodeMs: expect.any(Number) })
    await threadIsFree()
    const stated = ask('trace', {}, { tracestate: 'a=1' })
    expect(await answerOf(stated)).toMatchObject({ tracestate: 'a=1' })
  })

  test('gives what the task refused, as it is', async () => {
    expect(await answerOf(ask('echo', { massage: 'x' }))).toEqual({ code: 'INPUT_INVALID', status: 422 })
  })

  test('gives the error of a run that died or was too slow', async () => {
    await expect(ask('crash', { how: 'exit' }).answer).rejects.toMatchObject({ code: 'TASK_CRASHED' })
    await threadIsFree()
    const slow = ask('forever', {}, { deadline: performance.now() + 100 })
    await expect(slow.answer).rejects.toMatchObject({ code: 'TASK_TIMEOUT', status: 504 })
    await threadIsFree()
  })
})

describe('a run that is not taken', () => {
  test('has not begun, because every thread is busy', async () => {
    const first = ask('busy', { ms: 300 })
    expect(await first.outcome).toBe('begun')
    expect(await ask('busy', { ms: 1 }).outcome).toBe('refused')
    await first.answer
  })

  test('comes from somebody who does not know the key', async () => {
    const stranger = request({
      socketPath: siblingAddress(process.pid, key),
      method: 'POST',
      headers: { [KEY_HEADER]: 'guessed', Expect: '100-continue', 'Content-Length': 1 },
    })
    const [response] = await once(stranger, 'response')
    expect(response.statusCode).toBe(403)
    stranger.destroy()
    expect(counter.counts.taken).toBe(0)
  })

  test('comes to a process that drains', async () => {
    await server.drain(0)
    expect(await ask('echo', { message: 'x' }).outcome).toBe('failed')
  })
})

describe('a process that hangs', () => {
  const listening = async (hanging: NetServer) => {
    key = crypto.randomUUID()
    hanging.listen(siblingAddress(process.pid, key))
    onTestFinished(() => new Promise<void>((resolve) => void hanging.close(() => resolve())))
    await once(hanging, 'listening')
  }

  test('before it replies is given up, and has not seen the body', async () => {
    await listening(createNetServer((socket) => socket.on('error', () => {}).resume()))
    expect(await ask('echo', { message: 'x' }).outcome).toBe('failed')
  })

  test('once it has agreed may have begun: it is given up when the time of the run is over', async () => {
    const hanging = createServer()
    hanging.on('checkContinue', (_request, response) => response.writeContinue())
    await listening(hanging)
    const asked = ask('echo', { message: 'x' }, { deadline: performance.now() + 50 })
    expect(await asked.outcome).toBe('begun')
    await expect(asked.answer).rejects.toMatchObject({ code: 'TASK_CRASHED' })
  })
})

describe('a run that is under way', () => {
  test('is stopped here when the one who asked gives it up', async () => {
    const caller = new AbortController()
    const asked = ask('forever', {}, { signal: caller.signal })
    expect(await asked.outcome).toBe('begun')
    caller.abort(new Error('gone'))
    await expect(asked.answer).rejects.toThrow('gone')
    await threadIsFree()
    expect(app.scheduler.cancellations.counts['caller-gone'].terminated).toBe(1)
  })

  test('counts as crashed when the process that runs it ends', async () => {
    const asked = ask('busy', { ms: 3000 })
    expect(await asked.outcome).toBe('begun')
    await server.drain(0)
    await expect(asked.answer).rejects.toMatchObject({ code: 'TASK_CRASHED' })
    await threadIsFree()
  })

  test('is finished in a drain', async () => {
    const asked = ask('busy', { ms: 300 })
    expect(await asked.outcome).toBe('begun')
    const drained = server.drain(10_000)
    expect(await answerOf(asked)).toMatchObject({ success: true })
    await drained
  })
})
