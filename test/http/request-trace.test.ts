import request from 'supertest'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parseTraceparent } from '../../src/observability/trace-context.ts'
import { startTestApp, type TestApp } from '../support/test-app.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'
const CALLER = `00-${TRACE}-${SPAN}-01`

let own: TestApp
beforeAll(async () => {
  own = await startTestApp({ OFFLOOP_THREADS: '1' })
})
afterAll(() => own[Symbol.asyncDispose]())
beforeEach(() => {
  own.lines.length = 0
})

const post = (headers: Record<string, string> = {}) => request(own.app).post('/api/tasks/trace').set(headers)

describe('a request that is part of a trace', () => {
  test('stays in it: its answer, its log line and its task say so, with one span', async () => {
    const { headers, body } = await post({ traceparent: CALLER, tracestate: 'a=1,b=2' }).expect(200)
    const answered = parseTraceparent(headers.traceresponse ?? '')
    expect(answered).toMatchObject({ traceId: TRACE, sampled: true })
    expect(answered?.spanId).not.toBe(SPAN)
    expect(body).toMatchObject({ traceparent: headers.traceresponse, tracestate: 'a=1,b=2' })
    expect(own.lines).toMatchObject([{ msg: 'request', traceId: TRACE, traceSampled: true }])
  })

  test('that nobody records is not recorded here either', async () => {
    const { headers } = await post({ traceparent: `00-${TRACE}-${SPAN}-00` })
    expect(headers.traceresponse).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`))
    expect(own.lines[0]).not.toHaveProperty('traceSampled')
  })

  test('tells it with errors, and where there is no task', async () => {
    for (const path of ['/api/tasks/nowhere', '/livez', '/nowhere']) {
      const { headers } = await request(own.app).get(path).set('traceparent', CALLER)
      expect(headers.traceresponse).toContain(TRACE)
    }
  })
})

test('a request that is not begins one', async () => {
  const [first, second] = [await post(), await post()]
  const traces = [first, second].map(({ headers }) => parseTraceparent(headers.traceresponse ?? ''))
  expect(traces).toMatchObject([{ sampled: false }, { sampled: false }])
  expect(traces[0]?.traceId).not.toBe(traces[1]?.traceId)
  expect(first?.body).toMatchObject({ traceparent: first?.headers.traceresponse, tracestate: null })
  expect(own.lines[0]).toMatchObject({ traceId: traces[0]?.traceId })
})

test('what is malformed is ignored, and the state with it', async () => {
  const { headers, body } = await post({ traceparent: `${CALLER}, ${CALLER}`, tracestate: 'a=1' })
  expect(headers.traceresponse).not.toContain(TRACE)
  expect(body.tracestate).toBeNull()
})
