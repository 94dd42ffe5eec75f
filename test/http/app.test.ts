import { gzipSync } from 'node:zlib'
import request from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sharedThreads, startTestApp, type TestApp } from '../support/test-app.ts'
import { until } from '../support/until.ts'

const threads = sharedThreads()
let testApp: TestApp
beforeAll(async () => {
  testApp = await startTestApp({ OFFLOOP_MAX_BODY_BYTES: '100000' })
})
afterAll(() => testApp[Symbol.asyncDispose]())

const get = (path: string) => request(testApp.app).get(path)
const post = (path: string) => request(testApp.app).post(path)

describe('what is around the tasks', () => {
  test('GET / tells a program what this is and where', async () => {
    const { body } = await get('/')
      .expect(200)
      .expect('Content-Type', /application\/json/)
    expect(body).toMatchObject({ success: true, name: 'offloop' })
    expect(body.endpoints).toContainEqual(
      expect.objectContaining({ method: 'POST', path: '/api/tasks/echo' }),
    )
  })

  test('GET / shows a browser a page', async () => {
    const { text } = await get('/')
      .set('Accept', 'text/html,*/*;q=0.8')
      .expect(200)
      .expect('Content-Type', /html/)
    expect(text).toContain('<code>/api/tasks/echo</code>')
  })

  test('a process that is not ready is alive all the same', async () => {
    await get('/readyz').expect(200, { status: 'ready' })
    testApp.state.ready = false
    await get('/readyz').expect(503, { status: 'not ready', reason: 'no thread is up' })
    await get('/livez').expect(200, { status: 'alive' })
    testApp.state.ready = true
  })

  test('GET /api/tasks lists the tasks with the JSON Schemas of their input and parameters', async () => {
    const { body } = await get('/api/tasks').expect(200)
    const echo = body.tasks.find(({ name }: { name: string }) => name === 'echo')
    expect(echo).toMatchObject({
      description: 'Answers with what it was given',
      input: { json: { type: 'object', required: ['message'], additionalProperties: false } },
      parameters: { properties: { shout: { enum: ['yes', 'no'] } } },
      produces: ['application/json'],
      limits: { timeMs: 30_000, inputBytes: 100_000 },
    })
  })

  test('answers carry security headers and nothing about what made them', async () => {
    const { headers } = await get('/livez')
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
    })
    expect(headers).not.toHaveProperty('x-powered-by')
  })
})

describe('errors that need no task', () => {
  test('are problem+json in the form that the first clients expect as well', async () => {
    const { body } = await get('/nowhere')
      .expect(404)
      .expect('Content-Type', /application\/problem\+json/)
    expect(body).toEqual({
      type: 'urn:offloop:error:ROUTE_NOT_FOUND',
      title: 'Nothing is served at this path',
      status: 404,
      detail: 'Nothing is served at "/nowhere"; GET / lists what is',
      code: 'ROUTE_NOT_FOUND',
      requestId: expect.any(String),
      success: false,
      error: 'Nothing is served at "/nowhere"; GET / lists what is',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    })
  })

  test('a path that exists tells the methods that it answers', async () => {
    const { body } = await get('/api/tasks/echo').expect(405).expect('Allow', 'POST, OPTIONS')
    expect(body.code).toBe('METHOD_NOT_ALLOWED')
    await request(testApp.app).options('/api/tasks').expect(204).expect('Allow', 'GET, HEAD, OPTIONS')
  })

  test('a task that does not exist is named, and so is the nearest that does', async () => {
    const { body } = await post('/api/tasks/ecko').expect(404)
    expect(body).toMatchObject({
      code: 'TASK_NOT_FOUND',
      detail: 'There is no task "ecko", did you mean "echo"?',
    })
  })

  test('a body of a wrong media type is refused with those that are right', async () => {
    const { body } = await post('/api/tasks/echo').type('text/csv').send('a,b').expect(415)
    expect(body).toMatchObject({ code: 'MEDIA_TYPE_UNSUPPORTED', accepts: ['application/json'] })
  })

  test('an answer that the client would not take is not computed', async () => {
    const { body } = await post('/api/tasks/echo')
      .set('Accept', 'image/png')
      .send({ message: 'x' })
      .expect(406)
    expect(body).toMatchObject({ code: 'NOT_ACCEPTABLE', produces: ['application/json'] })
  })

  test('a body above the limit is refused by its Content-Length', async () => {
    const { body } = await post('/api/tasks/hash').type('text/plain').send('x'.repeat(100_001)).expect(413)
    expect(body).toMatchObject({ code: 'BODY_TOO_LARGE', maxBytes: 100_000 })
  })

  test('a compressed body counts at its full size', async () => {
    const bomb = gzipSync(Buffer.alloc(1_000_000))
    const { body } = await post('/api/tasks/hash')
      .type('text/plain')
      .set('Content-Encoding', 'gzip')
      .serialize((bytes) => bytes)
      .send(bomb)
      .expect(413)
    expect(body.code).toBe('BODY_TOO_LARGE')
  })
})

describe('input', () => {
  test('is parsed, validated and given its defaults, and the answer carries success and timestamp', async () => {
    const { body } = await post('/api/tasks/echo?shout=yes').send({ message: 'hey', times: 2 }).expect(200)
    expect(body).toEqual({ success: true, message: 'HEYHEY', timestamp: expect.any(String) })
  })

  test.each([
    ['{"message": ', 400, 'JSON_INVALID', /Unexpected end/],
    ['', 400, 'BODY_EMPTY', /no body/],
    ['{"message": 5}', 422, 'INPUT_INVALID', /"message".*expected string.*got 5/],
    ['{"message": "x", "extra": 1}', 422, 'INPUT_INVALID', /extra/],
    ['{"message": "x", "times": 9}', 422, 'INPUT_INVALID', /"times".*3.*got 9/],
  ])('%s is refused with %i %s', async (text, status, code, detail) => {
    const { body } = await post('/api/tasks/echo').type('json').send(text).expect(status)
    expect(body).toMatchObject({ code, detail: expect.stringMatching(detail) })
  })

  test('bytes that are not UTF-8 are refused, not replaced', async () => {
    const { body } = await post('/api/tasks/echo')
      .type('json')
      .serialize((bytes) => bytes)
      .send(Buffer.from([0x22, 0xff, 0x22]))
      .expect(400)
    expect(body).toMatchObject({ code: 'JSON_INVALID', detail: 'The body is not valid UTF-8' })
  })

  test('a parameter that is wrong or unknown is refused with its name and value', async () => {
    const wrong = await post('/api/tasks/echo?shout=loud').send({ message: 'x' }).expect(422)
    expect(wrong.body).toMatchObject({ code: 'PARAMETERS_INVALID', errors: [{ path: 'shout' }] })
    expect(wrong.body.detail).toContain('got "loud"')
    const unknown = await post('/api/tasks/echo?sing=yes').send({ message: 'x' }).expect(422)
    expect(unknown.body.detail).toContain('sing')
  })

  test('may be left out where the schema allows it', async () => {
    const { body } = await post('/api/tasks/optional-input').expect(200)
    expect(body.hello).toBe('nobody')
  })

  test.each(['gzip', 'deflate', 'br', 'zstd'])('may be compressed with %s', async (encoding) => {
    const zlib = await import('node:zlib')
    const compress = {
      gzip: zlib.gzipSync,
      deflate: zlib.deflateSync,
      br: zlib.brotliCompressSync,
      zstd: zlib.zstdCompressSync,
    }[encoding]
    const { body } = await post('/api/tasks/echo')
      .type('json')
      .set('Content-Encoding', encoding)
      .serialize((bytes) => bytes)
      .send(compress?.('{"message":"small"}'))
      .expect(200)
    expect(body.message).toBe('small')
  })

  test('in an unknown or damaged encoding is refused', async () => {
    const send = (encoding: string) =>
      post('/api/tasks/echo').type('json').set('Content-Encoding', encoding).send('{"message":"x"}')
    expect((await send('rot13').expect(415)).body.code).toBe('CONTENT_ENCODING_UNSUPPORTED')
    expect((await send('gzip').expect(400)).body.code).toBe('BODY_ENCODING_INVALID')
  })

  test('of unknown length is taken, and refused once it is too long', async () => {
    const send = (bytes: number) => {
      const chunked = post('/api/tasks/hash').type('text/plain').set('Transfer-Encoding', 'chunked')
      for (let sent = 0; sent < bytes; sent += 10_000) chunked.write('x'.repeat(10_000))
      return chunked
    }
    const { body } = await send(90_000).expect(200)
    expect(body.bytes).toBe(90_000)
    expect((await send(200_000).expect(413)).body.code).toBe('BODY_TOO_LARGE')
  })

  test('multipart is decoded, and parts that the task does not take are refused by name', async () => {
    const { body } = await post('/api/tasks/upload')
      .attach('file', Buffer.from('12345'), 'five.txt')
      .field('note', 'naïve')
      .expect(200)
    expect(body).toMatchObject({ bytes: 5, filename: 'five.txt', note: 'naïve' })
    const refused = await post('/api/tasks/upload').field('other', 'x').expect(400)
    expect(refused.body).toMatchObject({
      code: 'MULTIPART_INVALID',
      detail: 'Cannot use the multipart body: expected only file "file", field "note", got field "other"',
    })
    const damaged = await post('/api/tasks/upload')
      .set('Content-Type', 'multipart/form-data; boundary=b')
      .send('--b\r\nnonsense')
      .expect(400)
    expect(damaged.body.code).toBe('MULTIPART_INVALID')
  })
})

describe('output', () => {
  const output = (kind: string) => post('/api/tasks/outputs').send({ kind })

  test('that is not a JSON object is sent as result', async () => {
    expect((await output('list').expect(200)).body.result).toEqual([1, 2, 3])
    expect((await output('null').expect(200)).body.result).toBeNull()
  })

  test('cannot deny its success', async () => {
    const { body } = await output('collision').expect(200)
    expect(body).toMatchObject({ success: true, kept: 1 })
    expect(body.timestamp).not.toBe('never')
  })

  test.each(['bytes', 'window', 'pooled'])('of bytes (%s) is sent as just those bytes', async (kind) => {
    const { body, headers } = await output(kind).expect(200)
    expect([...body]).toEqual([1, 2, 3])
    expect(headers).toMatchObject({ 'content-type': 'application/octet-stream', 'content-length': '3' })
  })

  test.each(['cycle', 'undefined', 'bigint'])(
    'that cannot be sent (%s) is an error of the task',
    async (kind) => {
      expect((await output(kind).expect(500)).body.code).toBe('TASK_RESULT_INVALID')
    },
  )

  test("a task's own error keeps its code, status and details, in bounds", async () => {
    const { body } = await output('task-error').expect(409)
    expect(body).toMatchObject({
      code: 'TOO_PURPLE',
      detail: 'expected less purple',
      purple: 11,
      success: false,
    })
    const huge = await output('huge-details').expect(422)
    expect(huge.text.length).toBeLessThan(2000)
  })
})

describe('request ids and log lines', () => {
  test('a good id of the caller is taken over, a bad one replaced', async () => {
    await get('/livez').set('X-Request-Id', 'abc-123').expect('X-Request-Id', 'abc-123')
    const { headers } = await get('/livez').set('X-Request-Id', 'a b"c')
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('each request has one line, with its times, and secrets in its query are left out', async () => {
    await post('/api/tasks/echo?shout=no&token=hunter2').set('X-Request-Id', 'line-1').send({ message: 'x' })
    const lines = testApp.lines.filter(({ requestId }) => requestId === 'line-1')
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({
      level: 'info',
      method: 'POST',
      task: 'echo',
      queueMs: expect.any(Number),
    })
    expect(lines[0]).toMatchObject({ runMs: expect.any(Number), durationMs: expect.any(Number), status: 422 })
    expect(JSON.stringify(lines[0])).not.toContain('hunter2')
    expect(lines[0]?.url).toBe('/api/tasks/echo?shout=no&token=[redacted]')
  })
})

test('once draining, a process says so, and all its answers close their connection', async () => {
  await using own = await threads.startApp()
  const begun = (async () => {
    await request(own.app).post('/api/tasks/busy').send({ ms: 200 }).expect('Connection', 'close')
  })()
  await until('the task to run', () => own.scheduler.running === 1)
  own.state.ready = false
  own.draining.begin()
  await request(own.app)
    .get('/readyz')
    .expect(503, { status: 'not ready', reason: 'draining' })
    .expect('Connection', 'close')
  await begun
})

test('a saturated process refuses before it reads the body, and says when to come back', async () => {
  await using own = await threads.startApp({ OFFLOOP_QUEUE_MAX: '0' })
  const running = (async () => {
    await request(own.app).post('/api/tasks/busy').send({ ms: 500 }).expect(200)
  })()
  await until('the task to run', () => own.scheduler.running === 1)
  const { body } = await request(own.app)
    .post('/api/tasks/echo')
    .send({ message: 'x' })
    .expect(503)
    .expect('Retry-After', /^[1-9]\d*$/)
  expect(body).toMatchObject({ code: 'QUEUE_FULL', retryAfterSeconds: expect.any(Number) })
  await running
})
