import type { Request, Response } from 'express'
import { describe, expect, test } from 'vitest'
import {
  answerAttributes,
  errorTypeOf,
  requestAttributes,
  spanName,
} from '../../../src/http/tracing/span-attributes.ts'
import { Timeline } from '../../../src/observability/timeline.ts'

const request = (members: object = {}) =>
  ({
    method: 'POST',
    originalUrl: '/api/tasks/echo',
    headers: { host: 'api.example.com' },
    socket: { remoteAddress: '10.0.0.7', remotePort: 51000 },
    httpVersion: '1.1',
    ...members,
  }) as unknown as Request

const response = (members: object = {}, facts: object = {}) =>
  ({
    statusCode: 200,
    headersSent: true,
    writableFinished: true,
    locals: { facts: { requestId: 'r1', ...facts }, timeline: new Timeline() },
    ...members,
  }) as unknown as Response

describe('a request', () => {
  test('is described as the conventions want it', () => {
    expect(requestAttributes(request())).toEqual({
      'http.request.method': 'POST',
      'url.scheme': 'http',
      'url.path': '/api/tasks/echo',
      'server.address': 'api.example.com',
      'network.protocol.version': '1.1',
      'network.peer.address': '10.0.0.7',
      'network.peer.port': 51000,
    })
  })

  test('with a query has it without its secrets', () => {
    const { 'url.path': path, 'url.query': query } = requestAttributes(
      request({ originalUrl: '/a?b=1?2&token=hunter2' }),
    )
    expect({ path, query }).toEqual({ path: '/a', query: 'b=1?2&token=[redacted]' })
  })

  test.each([
    ['localhost:3000', 'localhost', 3000],
    ['[::1]:3000', '[::1]', 3000],
    ['[::1]', '[::1]', undefined],
    [undefined, undefined, undefined],
    ['a:b:c', undefined, undefined],
  ])('to the host %s names it', (host, address, port) => {
    const attributes = requestAttributes(request({ headers: { host } }))
    expect([attributes['server.address'], attributes['server.port']]).toEqual([address, port])
  })

  test('with a method that few know does not name a span', () => {
    expect(requestAttributes(request({ method: 'PROPFIND' }))).toMatchObject({
      'http.request.method': '_OTHER',
      'http.request.method_original': 'PROPFIND',
    })
    expect(spanName('PROPFIND')).toBe('HTTP')
    expect(spanName('POST', '/api/tasks/:name')).toBe('POST /api/tasks/:name')
    expect(spanName('GET')).toBe('GET')
  })
})

describe('an answer', () => {
  test('is described by what is known, and by nothing else', () => {
    expect(answerAttributes(response(), undefined)).toEqual({
      'http.response.status_code': 200,
      'offloop.request_id': 'r1',
    })
    const facts = { task: 'echo', code: 'INPUT_INVALID', sibling: 4711 }
    const timeline = new Timeline()
    timeline.begin('run')
    const attributes = answerAttributes(
      response({ statusCode: 422, locals: { facts, timeline } }),
      '/api/tasks/:name',
    )
    expect(attributes).toMatchObject({
      'http.route': '/api/tasks/:name',
      'http.response.status_code': 422,
      'offloop.task': 'echo',
      'offloop.attempts': 1,
      'offloop.sibling': 4711,
      'offloop.error.code': 'INPUT_INVALID',
    })
  })

  test.each([
    ['a success', {}, {}, undefined],
    ["the caller's mistake", { statusCode: 422 }, { code: 'INPUT_INVALID' }, undefined],
    ['a failure with a code', { statusCode: 504 }, { code: 'TASK_TIMEOUT' }, 'TASK_TIMEOUT'],
    ['a failure without one', { statusCode: 503 }, {}, '503'],
    ['a caller that has gone', { headersSent: false, writableFinished: false }, {}, 'CLIENT_GONE'],
    ['a slow reader', { writableFinished: false }, { code: 'READER_TOO_SLOW' }, 'READER_TOO_SLOW'],
  ])('that is %s has the right type of error', (_, members, facts, type) => {
    expect(errorTypeOf(response(members, facts))).toBe(type)
  })

  test('that was not begun has no status', () => {
    expect(answerAttributes(response({ headersSent: false }), undefined)).not.toHaveProperty(
      'http.response.status_code',
    )
  })
})
