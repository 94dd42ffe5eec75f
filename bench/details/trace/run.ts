import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { parseArgs } from 'node:util'
import { BasicTracerProvider, NoopSpanProcessor } from '@opentelemetry/sdk-trace-base'
import type { Request, Response } from 'express'
import { requestTrace, traceOf } from '../../../src/http/middleware/request-trace.ts'
import { tellTimes } from '../../../src/http/server-timing.ts'
import { RequestSpans } from '../../../src/http/tracing/request-spans.ts'
import { type Tracing, withoutSpans } from '../../../src/http/tracing/tracing.ts'
import { Timeline } from '../../../src/observability/timeline.ts'
import { formatTraceparent } from '../../../src/observability/trace-context.ts'
import { median } from '../../../test/support/load-result.ts'

/*
 * What it costs one request that its times are told and that it stands in a trace: everything that the event loop
 * does for that, on real request and response objects, without a network. Variants in turn; medians of all rounds, and
 * the ratio to the objects alone.
 *
 *     npm run bench -- trace --rounds 21 --requests 20000
 */
const socket = new Socket()

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '21' }, requests: { type: 'string', default: '20000' } },
})
const requests = Number(values.requests)

const CALLER = {
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: 'a=1,b=2',
}
/** All the work of an SDK but for the sending. */
const sdk = new BasicTracerProvider({ spanProcessors: [new NoopSpanProcessor()] }).getTracer('bench')
const own = withoutSpans()
const spans = new RequestSpans(sdk, 0)

const VARIANTS: Readonly<Record<string, () => void>> = {
  'the objects alone': () => void make({}),
  'times alone': () => goThroughPhases(make({}).response),
  'a trace that begins, alone': () => traced(own, {}),
  'a trace that goes on, alone': () => traced(own, CALLER),
  'times and a trace that begins': () => goThroughPhases(traced(own, {})),
  'times and a trace that goes on': () => goThroughPhases(traced(own, CALLER)),
  'times and spans, with an SDK': () => void goThroughPhases(traced(spans, {})).emit('close'),
}

const samples = new Map(Object.keys(VARIANTS).map((name) => [name, [] as number[]]))
// The first round compiles.
for (let round = 0; round <= Number(values.rounds); round++) {
  for (const [name, once] of Object.entries(VARIANTS)) {
    const microseconds = measure(once)
    if (round > 0) samples.get(name)?.push(microseconds)
  }
}
print()

function measure(once: () => void): number {
  const startedAt = performance.now()
  for (let count = 0; count < requests; count++) once()
  return ((performance.now() - startedAt) * 1000) / requests
}

function make(headers: Record<string, string>) {
  const request = Object.assign(new IncomingMessage(socket), {
    method: 'POST',
    url: '/api/tasks/echo',
    originalUrl: '/api/tasks/echo',
    headers: { host: 'localhost:3000', 'content-type': 'application/json', ...headers },
  })
  const locals = { facts: { requestId: 'bench' }, timeline: new Timeline() }
  const response = Object.assign(new ServerResponse(request), { locals })
  response.setHeader('X-Request-Id', 'bench')
  return { request: request as unknown as Request, response: response as unknown as Response }
}

function traced(tracing: Tracing, headers: Record<string, string>): Response {
  const { request, response } = make(headers)
  void requestTrace(tracing)(request, response, () => {})
  formatTraceparent(traceOf(response))
  return response
}

/** As a task that succeeds does. */
function goThroughPhases(response: Response): Response {
  const { timeline } = response.locals as { timeline: Timeline }
  timeline.begin('body', timeline.startedAt)
  timeline.end()
  timeline.begin('queue')
  timeline.begin('run')
  timeline.endRun(0.001)
  tellTimes(response)
  return response
}

function print(): void {
  const alone = median(samples.get('the objects alone') ?? [])
  for (const [name, microseconds] of samples) {
    const all = median(microseconds)
    const [more, ratio] = [all - alone, all / alone].map((each) => each.toFixed(2))
    process.stdout.write(`${name.padEnd(32)} ${all.toFixed(2)} µs, ${more} more, ratio ${ratio}\n`)
  }
}
