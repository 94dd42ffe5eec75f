import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import {
  AlwaysOffSampler,
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node'
import express from 'express'
import request from 'supertest'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseTraceparent } from '../../../src/observability/trace-context.ts'
import { sharedThreads, type TestApp } from '../../support/test-app.ts'
import { TestServer } from '../../support/test-server.ts'
import { until } from '../../support/until.ts'

/* The real SDK with spans kept in memory; this process is what an HTTP process is with `--import ./otel.mjs`. */
const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'
const CALLER = `00-${TRACE}-${SPAN}-01`

let exporter: InMemorySpanExporter
let provider: NodeTracerProvider
const threads = sharedThreads()
let own: TestApp
beforeEach(() => register())
afterEach(async () => {
  await own[Symbol.asyncDispose]()
  await provider.shutdown()
  unregister()
})

async function register(
  options: ConstructorParameters<typeof NodeTracerProvider>[0] = {},
  registration: Parameters<NodeTracerProvider['register']>[0] = {},
): Promise<void> {
  exporter = new InMemorySpanExporter()
  provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)], ...options })
  provider.register(registration)
  own = await threads.startApp()
}

function unregister(): void {
  delete (globalThis as Record<symbol, unknown>)[Symbol.for('opentelemetry.js.api.1')]
}

/** As another operator would. */
async function registerAnew(...options: Parameters<typeof register>): Promise<void> {
  await own[Symbol.asyncDispose]()
  unregister()
  await register(...options)
}

const post = (task: string, input: object = {}) => request(own.app).post(`/api/tasks/${task}`).send(input)

/** All spans of one request, its own first, the others by their start. */
async function spansOf(requestId = 'r1'): Promise<readonly [ReadableSpan, ...ReadableSpan[]]> {
  const span = await until('the span of the request', () =>
    exporter.getFinishedSpans().find(({ attributes }) => attributes['offloop.request_id'] === requestId),
  )
  const { spanId } = span.spanContext()
  const children = exporter.getFinishedSpans().filter((each) => each.parentSpanContext?.spanId === spanId)
  return [span, ...children.toSorted((a, b) => msOf(a.startTime) - msOf(b.startTime))]
}

const msOf = ([seconds, nanoseconds]: readonly [number, number]) => seconds * 1000 + nanoseconds / 1e6
const namesOf = (spans: readonly ReadableSpan[]) => spans.map(({ name }) => name)

describe('a request', () => {
  test('has a span by the conventions for HTTP, and below it one for each phase', async () => {
    const { headers } = await post('busy', { ms: 20 }).set('X-Request-Id', 'r1').expect(200)
    const [span, ...phases] = await spansOf()
    expect(span).toMatchObject({
      name: 'POST /api/tasks/:name',
      kind: SpanKind.SERVER,
      status: { code: SpanStatusCode.UNSET },
      parentSpanContext: undefined,
      instrumentationScope: { name: 'offloop' },
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/api/tasks/:name',
        'http.response.status_code': 200,
        'url.path': '/api/tasks/busy',
        'url.scheme': 'http',
        'server.address': '127.0.0.1',
        'network.peer.address': expect.stringContaining('127.0.0.1'),
        'offloop.task': 'busy',
        'offloop.slot': 0,
        'offloop.attempts': 1,
      },
    })
    expect(span.attributes).not.toHaveProperty('error.type')
    expect(namesOf(phases)).toEqual(['body', 'queue', 'run', 'encode'])
    expect(headers.traceresponse).toBe(traceparentOf(span))
  })

  test('has phases within it, one behind the other, with the times of its header', async () => {
    const { headers } = await post('busy', { ms: 20 }).set('X-Request-Id', 'r1')
    const [span, ...phases] = await spansOf()
    const times = phases.flatMap(({ startTime, endTime }) => [msOf(startTime), msOf(endTime)])
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    // Times of the epoch as doubles are good to a quarter of a microsecond.
    expect(times[0]).toBeCloseTo(msOf(span.startTime), 2)
    expect(times.at(-1)).toBeLessThanOrEqual(msOf(span.endTime))
    for (const { name, duration } of phases) {
      const [, told] = new RegExp(`${name};dur=([\\d.]+)`).exec(headers['server-timing'] ?? '') ?? []
      expect(msOf(duration)).toBeCloseTo(Number(told), 1)
    }
  })

  test('has the ids of its span in the log line and for its task', async () => {
    const { body } = await post('trace').set('X-Request-Id', 'r1')
    const [span] = await spansOf()
    expect(body.traceparent).toBe(traceparentOf(span))
    expect(own.lines).toContainEqual(
      expect.objectContaining({ requestId: 'r1', traceId: span.spanContext().traceId, traceSampled: true }),
    )
  })

  test('that is part of a trace is a child of its caller', async () => {
    await post('trace').set({ 'X-Request-Id': 'r1', traceparent: CALLER, tracestate: 'a=1' })
    const [span] = await spansOf()
    expect(span.spanContext().traceId).toBe(TRACE)
    expect(span.parentSpanContext).toMatchObject({ spanId: SPAN, isRemote: true })
    expect(span.spanContext().traceState?.serialize()).toBe('a=1')
  })

  test('that is part of a trace is so where no propagator is registered, too', async () => {
    await registerAnew({}, { propagator: null })
    const { body } = await post('trace').set({ 'X-Request-Id': 'r1', traceparent: CALLER, tracestate: 'a=1' })
    const [span] = await spansOf()
    expect(span.parentSpanContext).toMatchObject({ traceId: TRACE, spanId: SPAN, isRemote: true })
    expect(body.tracestate).toBe('a=1')
  })

  test('for which somebody has made a span already is a child of that one', async () => {
    const outer = trace.getTracer('test').startSpan('outer')
    const instrumented = express()
    instrumented.use((_request, _response, next) =>
      context.with(trace.setSpan(ROOT_CONTEXT, outer), () => next()),
    )
    instrumented.use(own.app)
    await request(instrumented)
      .post('/api/tasks/trace')
      .set({ 'X-Request-Id': 'r1', traceparent: CALLER })
      .expect(200)
    outer.end()
    const [span] = await spansOf()
    expect(span.parentSpanContext?.spanId).toBe(outer.spanContext().spanId)
    // There is one for the server's side already.
    expect(span.kind).toBe(SpanKind.INTERNAL)
  })

  test('that the SDK does not sample has no spans, and its trace goes on all the same', async () => {
    await registerAnew({ sampler: new AlwaysOffSampler() })
    const { headers, body } = await post('trace').set('traceparent', CALLER).expect(200)
    expect(parseTraceparent(headers.traceresponse ?? '')).toMatchObject({ traceId: TRACE, sampled: false })
    expect(body.traceparent).toBe(headers.traceresponse)
    expect(exporter.getFinishedSpans()).toEqual([])
    expect(own.lines[0]).not.toHaveProperty('traceSampled')
  })

  test('without a task has a span as well', async () => {
    await request(own.app).get('/livez').set('X-Request-Id', 'r1').expect(200)
    expect(namesOf(await spansOf())).toEqual(['GET /livez'])
    await request(own.app).get('/no/where').set('X-Request-Id', 'r2').expect(404)
    expect(namesOf(await spansOf('r2'))).toEqual(['GET'])
  })
})

describe('a request that fails', () => {
  test('has an error where it is the server that failed', async () => {
    await post('until-aborted', { how: 'loop' }).set('X-Request-Id', 'r1').expect(504)
    const [span, ...phases] = await spansOf()
    expect(span).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: {
        'http.response.status_code': 504,
        'error.type': 'TASK_TIMEOUT',
        'offloop.error.code': 'TASK_TIMEOUT',
      },
    })
    expect(namesOf(phases)).toEqual(['body', 'queue', 'run'])
    expect(phases.map(({ status }) => status.code)).toEqual([0, 0, SpanStatusCode.ERROR])
  })

  test("has none where it is the caller's mistake", async () => {
    await post('echo', { massage: 'x' }).set('X-Request-Id', 'r1').expect(422)
    const [span, ...phases] = await spansOf()
    expect(span.attributes).toMatchObject({ 'offloop.error.code': 'INPUT_INVALID' })
    expect([span, ...phases].map(({ status }) => status.code)).toEqual([0, 0, 0, 0])
  })

  test('because its caller has gone says so', async () => {
    await using server = await TestServer.start(own)
    server.open(
      'POST /api/tasks/busy HTTP/1.1\r\nHost: x\r\nX-Request-Id: r1\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"ms":5000}',
    )
    await until('the task to run', () => own.scheduler.running === 1)
    server.closeClients()
    const [span, ...phases] = await spansOf()
    expect(span.attributes).toMatchObject({ 'error.type': 'CLIENT_GONE' })
    expect(span.attributes).not.toHaveProperty('http.response.status_code')
    expect(namesOf(phases)).toEqual(['body', 'queue', 'run'])
  })
})

test('each attempt has a span of its own, with an error where it died', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'offloop-spans-'))
  try {
    await post('dies-first', { file: join(dir, 'x'), times: 1, text: '' })
      .set('X-Request-Id', 'r1')
      .expect(200)
  } finally {
    await rm(dir, { recursive: true })
  }
  const [span, ...phases] = await spansOf()
  expect(span.attributes).toMatchObject({ 'offloop.attempts': 2 })
  expect(namesOf(phases)).toEqual(['body', 'queue', 'run', 'queue', 'run', 'encode'])
  const failed = phases.map(({ status }) => status.code === SpanStatusCode.ERROR)
  expect(failed).toEqual([false, false, true, false, false, false])
})

function traceparentOf(span: ReadableSpan): string {
  const { traceId, spanId } = span.spanContext()
  return `00-${traceId}-${spanId}-01`
}
