import { once } from 'node:events'
import type { Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { Readable } from 'node:stream'
import { pino } from 'pino'
import { afterEach, describe, expect, test } from 'vitest'
import { ProblemError } from '../../src/errors.ts'
import { type ClusterControl, startOpsServer } from '../../src/primary/ops-server.ts'
import { NO_STALLS } from '../../src/observability/stall-totals.ts'
import type {
  ClusterStatus,
  ReloadVerdict,
  ScaleVerdict,
  SlotOutcome,
} from '../../src/protocol/operators-api.ts'
import { until } from '../support/until.ts'

/*
 * The operators' server in front of a cluster that is not there.
 */
const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
})

const STATUS: ClusterStatus = {
  version: '0.0.0',
  node: 'v26.0.0',
  pid: 1,
  uptimeSeconds: 1,
  url: 'http://localhost:3000',
  shuttingDown: false,
  processes: 2,
  readySlots: 2,
  operation: null,
  lastReload: null,
  settings: {},
  logLevel: 'info',
  exits: {},
  totals: {
    totalTasks: 0,
    completedTasks: 0,
    failedTasks: 0,
    averageTaskTime: 0,
    activeThreads: 0,
    availableThreads: 0,
    queuedTasks: 0,
    successRate: 1,
    throughput: 0,
    lastMinute: { count: 0, failed: 0, min: 0, max: 0, mean: 0, median: 0, p95: 0, p99: 0 },
    sinceStart: { count: 0, failed: 0, min: 0, max: 0, mean: 0, median: 0, p95: 0, p99: 0 },
  },
  blockedLoops: NO_STALLS,
  quarantine: [],
  slots: [],
}

const replaced: SlotOutcome = {
  slot: 0,
  outcome: 'replaced',
  oldPid: 10,
  newPid: 11,
  readyMs: 5,
  reason: null,
}

const RELOADED: ReloadVerdict = { verdict: 'reloaded', durationMs: 7, reason: null, slots: [replaced] }

const scaledTo = (processes: number): ScaleVerdict => ({
  verdict: 'scaled',
  processesBefore: 2,
  processes,
  durationMs: 7,
  reason: null,
  slots: [],
})

interface Options {
  readonly cluster?: Partial<ClusterControl>
  readonly host?: string
  readonly token?: string
}

async function start({ cluster = {}, host = '127.0.0.1', token = '' }: Options = {}) {
  const calls: string[] = []
  const lines: Record<string, unknown>[] = []
  const { server, port } = await startOpsServer({
    config: { opsHost: host, opsPort: 0, opsToken: token },
    cluster: {
      status: () => STATUS,
      metrics: async (contentType) => `# ${contentType}\n`,
      minReady: () => 1,
      reload: async () => {
        calls.push('reload')
        return RELOADED
      },
      scale: async (processes) => {
        calls.push(`scale to ${processes}`)
        return scaledTo(processes)
      },
      setLogLevel: (logLevel) => {
        calls.push(`log level ${logLevel}`)
        return { logLevelBefore: 'info', logLevel }
      },
      stop: () => {
        calls.push('stop')
      },
      diagnosis: {
        file: async ({ kind, slot, thread, seconds }) => {
          calls.push(`${kind} of ${slot}, ${thread} for ${seconds}`)
          return Readable.from(['{"nodes":', '[]}'])
        },
        stack: async (slot) => ({
          success: true,
          slot,
          pid: 7,
          state: 'running',
          stalledMs: 3,
          where: 'a',
          stack: ['a'],
        }),
      },
      ...cluster,
    },
    log: pino({ level: 'info' }, { write: (line) => lines.push(JSON.parse(line)) }),
  })
  servers.push(server)
  const call = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init)
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
    }
  }
  const post = (path: string, body?: string, headers: Record<string, string> = {}) =>
    call(path, { method: 'POST', headers, ...(body !== undefined && { body }) })
  return { server, port, calls, lines, call, post }
}

describe('routes', () => {
  test('the port is the one that it listens on', async () => {
    const { server, port } = await start()
    expect((server.address() as AddressInfo).port).toBe(port)
  })

  test.each([
    ['/livez', { status: 'alive' }],
    ['/readyz', { status: 'ready', readySlots: 2 }],
    ['/status', STATUS],
    ['/status?pretty', STATUS],
  ])('GET %s answers, and is not to be stored', async (path, body) => {
    const { call } = await start()
    const answer = await call(path)
    expect(answer).toMatchObject({ status: 200, body })
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  test.each(['/livez', '/readyz', '/status'])('HEAD %s is GET without the body', async (path) => {
    const { call } = await start()
    const [get, head] = [await call(path), await call(path, { method: 'HEAD' })]
    expect(head).toMatchObject({ status: 200, text: '' })
    expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'))
  })

  test.each(['/', '/status/', '/toString', '/__proto__', '//status'])('nothing is at %s', async (path) => {
    const { call } = await start()
    const answer = await call(path)
    expect(answer).toMatchObject({
      status: 404,
      body: { code: 'ROUTE_NOT_FOUND', success: false, detail: expect.stringContaining('/reload') },
    })
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
  })

  test.each([
    ['POST', '/status', 'GET, HEAD'],
    ['DELETE', '/livez', 'GET, HEAD'],
    ['GET', '/reload', 'POST'],
    ['HEAD', '/stop', 'POST'],
    ['PUT', '/scale', 'POST'],
  ])('%s %s is refused with what is allowed', async (method, path, allow) => {
    const { call, calls } = await start()
    const answer = await call(path, { method })
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe(allow)
    if (method !== 'HEAD') expect(answer.body).toMatchObject({ code: 'METHOD_NOT_ALLOWED' })
    expect(calls).toEqual([])
  })

  test('a fault of the primary is told as such, and the log has the reason', async () => {
    const status = () => {
      throw new Error('hunter2')
    }
    const { call, lines } = await start({ cluster: { status } })
    const answer = await call('/status')
    expect(answer).toMatchObject({ status: 500, body: { code: 'INTERNAL_ERROR' } })
    expect(answer.text).not.toContain('hunter2')
    expect(lines).toContainEqual(
      expect.objectContaining({ err: expect.objectContaining({ message: 'hunter2' }) }),
    )
  })
})

describe('readiness', () => {
  const readiness = async (status: Partial<ClusterStatus>, minReady: number) => {
    const cluster = { status: () => ({ ...STATUS, ...status }), minReady: () => minReady }
    const { call } = await start({ cluster })
    return call('/readyz')
  }

  test('is there once enough slots are ready', async () => {
    expect(await readiness({ readySlots: 2 }, 2)).toMatchObject({ status: 200, body: { readySlots: 2 } })
  })

  test('is not there with fewer', async () => {
    expect(await readiness({ readySlots: 1 }, 2)).toMatchObject({
      status: 503,
      body: { status: 'not ready', reason: 'too few slots are ready', readySlots: 1, minReady: 2 },
    })
  })

  test('ends when the cluster begins to shut down, with all slots still serving', async () => {
    expect(await readiness({ readySlots: 2, shuttingDown: true }, 1)).toMatchObject({
      status: 503,
      body: { status: 'not ready', reason: 'shutting down', readySlots: 2 },
    })
  })

  test('has nothing to do with liveness', async () => {
    const { call } = await start({ cluster: { status: () => ({ ...STATUS, readySlots: 0 }) } })
    expect((await call('/livez')).status).toBe(200)
  })
})

describe('POST /reload', () => {
  test('answers with the verdict when it is over', async () => {
    const { post, calls } = await start()
    expect(await post('/reload')).toMatchObject({ status: 200, body: { success: true, ...RELOADED } })
    expect(calls).toEqual(['reload'])
  })

  test('that failed is a problem with all that became of the slots', async () => {
    const failed: SlotOutcome = {
      ...replaced,
      outcome: 'failed',
      newPid: null,
      readyMs: null,
      reason: 'broken',
    }
    const verdict: ReloadVerdict = { verdict: 'failed', durationMs: 7, reason: 'broken', slots: [failed] }
    const { post } = await start({ cluster: { reload: async () => verdict } })
    const answer = await post('/reload')
    expect(answer).toMatchObject({
      status: 500,
      body: { code: 'RELOAD_FAILED', success: false, detail: 'broken', error: 'broken', ...verdict },
    })
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
  })

  test.each(['RELOAD_RUNNING', 'SHUTTING_DOWN'] as const)('is refused with 409 %s', async (code) => {
    const reload = () => Promise.reject(new ProblemError(code, 'Cannot reload: not now'))
    const { post } = await start({ cluster: { reload } })
    expect(await post('/reload')).toMatchObject({
      status: 409,
      body: { code, detail: 'Cannot reload: not now' },
    })
  })

  test('needs no body, and minds none', async () => {
    const { post, calls } = await start()
    await post('/reload', 'x'.repeat(100_000))
    await post('/reload')
    expect(calls).toEqual(['reload', 'reload'])
  })

  test('whose caller goes away is done all the same', async () => {
    const begun = Promise.withResolvers<void>()
    const over = Promise.withResolvers<ReloadVerdict>()
    const reload = () => {
      begun.resolve()
      return over.promise
    }
    const { post, call, lines } = await start({ cluster: { reload } })
    const caller = new AbortController()
    const answer = call('/reload', { method: 'POST', signal: caller.signal })
    await begun.promise
    caller.abort(new Error('gone'))
    await expect(answer).rejects.toThrow('gone')
    over.resolve(RELOADED)
    expect(await post('/reload')).toMatchObject({ status: 200 })
    expect(lines.filter(({ level }) => Number(level) > 30)).toEqual([])
  })
})

describe('POST /scale', () => {
  test.each([1, 4, 512])('takes %i processes', async (processes) => {
    const { post, calls } = await start()
    expect(await post('/scale', JSON.stringify({ processes }))).toMatchObject({
      status: 200,
      body: { success: true, ...scaledTo(processes) },
    })
    expect(calls).toEqual([`scale to ${processes}`])
  })

  test('that failed is a problem with the verdict', async () => {
    const verdict: ScaleVerdict = { ...scaledTo(2), verdict: 'failed', reason: 'broken' }
    const { post } = await start({ cluster: { scale: async () => verdict } })
    expect(await post('/scale', '{"processes":4}')).toMatchObject({
      status: 500,
      body: { code: 'SCALE_FAILED', detail: 'broken', processesBefore: 2, processes: 2, slots: [] },
    })
  })

  test('while shutting down is refused with 409', async () => {
    const scale = () => Promise.reject(new ProblemError('SHUTTING_DOWN', 'Cannot scale: not now'))
    const { post } = await start({ cluster: { scale } })
    expect(await post('/scale', '{"processes":4}')).toMatchObject({
      status: 409,
      body: { code: 'SHUTTING_DOWN' },
    })
  })

  test.each([
    ['no body', undefined],
    ['an empty one', ''],
    ['what is not JSON', 'processes=4'],
    ['null', 'null'],
    ['a number alone', '4'],
    ['a list', '[4]'],
    ['another member', '{"threads":4}'],
    ['text for a number', '{"processes":"4"}'],
    ['none', '{"processes":0}'],
    ['fewer than none', '{"processes":-1}'],
    ['a fraction', '{"processes":1.5}'],
    ['too many', '{"processes":513}'],
    ['far too many', '{"processes":1e300}'],
  ])('is refused with %s', async (_, body) => {
    const { post, calls } = await start()
    expect(await post('/scale', body)).toMatchObject({
      status: 422,
      body: {
        code: 'SCALE_INVALID',
        detail: `Cannot scale: expected JSON like {"processes": 4} with an integer from 1 to 512, got ${JSON.stringify(body ?? '')}`,
      },
    })
    expect(calls).toEqual([])
  })

  test.each([
    ['that is announced', 'Content-Length: 1000000\r\n\r\n', ''],
    ['that is not', 'Transfer-Encoding: chunked\r\n\r\nf4240\r\n', '\r\n0\r\n\r\n'],
  ])('is refused with a huge body %s, before all of it is there', async (_, headers, end) => {
    const { port, calls } = await start()
    const socket = connect(port, '127.0.0.1')
    let answers = ''
    socket.on('data', (data) => {
      answers += data
    })
    const begin = '{"processes": 4}'
    socket.write(`POST /scale HTTP/1.1\r\nHost: test\r\n${headers}${begin}`)
    const padding = ' '.repeat(100_000)
    socket.write(padding)
    await until('the refusal', () => answers.includes('SCALE_INVALID'))
    expect(answers).toMatch(/^HTTP\/1\.1 422 /)
    expect(answers).toContain('got more than 1024 bytes')
    socket.write(`${' '.repeat(900_000 - begin.length)}${end}`)
    socket.end('GET /livez HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n')
    await once(socket, 'close')
    expect(answers).toContain('"alive"')
    expect(calls).toEqual([])
  })

  test('whose caller goes away before it has said all is no fault of the primary', async () => {
    const { server, port, calls, lines, call } = await start()
    const socket = connect(port, '127.0.0.1')
    socket.write('POST /scale HTTP/1.1\r\nHost: test\r\nContent-Length: 20\r\n\r\n{"proc')
    const [request] = await once(server, 'request')
    socket.destroy()
    await until('the request to be cut off', () => request.destroyed)
    await call('/livez')
    expect(calls).toEqual([])
    expect(lines.filter(({ level }) => Number(level) > 30)).toEqual([])
  })
})

describe('POST /log-level', () => {
  test.each(['silent', 'debug', 'WARN'])('takes %s', async (level) => {
    const { post, calls } = await start()
    const logLevel = level.toLowerCase()
    expect(await post('/log-level', JSON.stringify({ level }))).toMatchObject({
      status: 200,
      body: { success: true, logLevelBefore: 'info', logLevel },
    })
    expect(calls).toEqual([`log level ${logLevel}`])
  })

  test.each([
    ['no body', undefined],
    ['what is not JSON', 'debug'],
    ['null', 'null'],
    ['a list', '["debug"]'],
    ['no such level', '{"level":"chatty"}'],
    ['a number', '{"level":20}'],
    ['another member', '{"levle":"debug"}'],
    ['one member more', '{"level":"debug","forSeconds":60}'],
    ['a member of every object', '{"__proto__":{"level":"debug"}}'],
  ])('is refused with %s', async (_, body) => {
    const { post, calls } = await start()
    expect(await post('/log-level', body)).toMatchObject({
      status: 422,
      body: {
        code: 'LOG_LEVEL_INVALID',
        detail: `Cannot set the log level: expected JSON like {"level": "debug"} with one of fatal, error, warn, info, debug, trace, silent, got ${JSON.stringify(body ?? '')}`,
      },
    })
    expect(calls).toEqual([])
  })

  test('is refused with more than any such request needs', async () => {
    const { post } = await start()
    expect(await post('/log-level', `{"level":"debug"${' '.repeat(2000)}}`)).toMatchObject({
      status: 422,
      body: { detail: expect.stringContaining('got more than 1024 bytes') },
    })
  })
})

test('POST /stop answers at once, with the process to wait for', async () => {
  const { post, calls } = await start()
  expect(await post('/stop')).toMatchObject({ status: 202, body: { success: true, pid: process.pid } })
  expect(calls).toEqual(['stop'])
})

describe('who may control', () => {
  const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })

  test('without a token: whoever is on this machine', async () => {
    const { post, calls } = await start({ host: '127.0.0.1' })
    for (const path of ['/reload', '/stop']) await post(path)
    await post('/scale', '{"processes":3}')
    expect(calls).toEqual(['reload', 'stop', 'scale to 3'])
  })

  test.each(['/reload', '/scale', '/log-level', '/stop'])(
    'without a token, and bound beyond this machine: nobody (%s)',
    async (path) => {
      const { post, calls } = await start({ host: '0.0.0.0' })
      expect(await post(path, '{"processes":3}', bearer('guessed'))).toMatchObject({
        status: 403,
        body: { code: 'CONTROL_REFUSED', detail: expect.stringContaining('OFFLOOP_OPS_TOKEN') },
      })
      expect(calls).toEqual([])
    },
  )

  test.each<[string, Record<string, string>]>([
    ['none', {}],
    ['a wrong one', bearer('hunter3')],
    ['a part of it', bearer('hunter')],
    ['more than it', bearer('hunter22')],
    ['an empty one', { Authorization: 'Bearer ' }],
    ['another scheme', { Authorization: 'Basic hunter2' }],
    ['another header', { 'X-Token': 'hunter2' }],
  ])('with a token: nobody who gives %s', async (_, headers) => {
    const { post, calls } = await start({ token: 'hunter2' })
    for (const path of ['/reload', '/scale', '/log-level', '/stop']) {
      const answer = await post(path, '{"processes":3}', headers)
      expect(answer).toMatchObject({ status: 401, body: { code: 'OPS_TOKEN_INVALID' } })
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="offloop"')
      expect(answer.text).not.toContain('hunter2')
    }
    expect(calls).toEqual([])
  })

  test.each(['127.0.0.1', '0.0.0.0'])('with a token: who gives it, also on %s', async (host) => {
    const { post, calls } = await start({ host, token: 'hunter2' })
    expect(await post('/reload', undefined, bearer('hunter2'))).toMatchObject({ status: 200 })
    expect(await post('/stop', undefined, { Authorization: 'bearer  hunter2' })).toMatchObject({
      status: 202,
    })
    expect(calls).toEqual(['reload', 'stop'])
  })

  test('never a web page, token or not', async () => {
    for (const token of ['', 'hunter2']) {
      const { post, calls } = await start({ token })
      const headers = { ...bearer('hunter2'), Origin: 'http://127.0.0.1:9464' }
      expect(await post('/stop', undefined, headers)).toMatchObject({
        status: 403,
        body: { code: 'CONTROL_REFUSED' },
      })
      expect(calls).toEqual([])
    }
  })

  test('who only looks needs no token', async () => {
    const { call } = await start({ host: '0.0.0.0', token: 'hunter2' })
    for (const path of ['/livez', '/readyz', '/status']) {
      expect((await call(path, { headers: { Origin: 'http://page.example' } })).status).toBe(200)
    }
  })

  test('who was let through is in the log', async () => {
    const { post, lines } = await start()
    await post('/reload')
    expect(lines).toContainEqual(
      expect.objectContaining({
        msg: 'operators: control',
        method: 'POST',
        url: '/reload',
        from: '127.0.0.1',
      }),
    )
  })
})

describe('a diagnosis', () => {
  test('is sent as a file with the name of what was looked at', async () => {
    const { post, calls } = await start()
    const answer = await post('/profile?slot=1&thread=0&seconds=2')
    expect(answer).toMatchObject({ status: 200, body: { nodes: [] } })
    expect(answer.headers.get('content-disposition')).toBe(
      'attachment; filename="offloop-slot-1-thread-0.cpuprofile"',
    )
    expect(calls).toEqual(['profile of 1, 0 for 2'])
  })

  test('of a stack is JSON', async () => {
    const { post } = await start()
    expect(await post('/stack?slot=1')).toMatchObject({ status: 200, body: { success: true, slot: 1 } })
  })

  test.each(['/profile', '/heap-snapshot', '/report', '/stack?slot=0'])(
    '%s is for those alone who may control the cluster',
    async (path) => {
      const { call, calls } = await start({ token: 'secret' })
      expect(await call(path, { method: 'POST' })).toMatchObject({
        status: 401,
        body: { code: 'OPS_TOKEN_INVALID' },
      })
      expect(await call(path)).toMatchObject({ status: 405, body: { code: 'METHOD_NOT_ALLOWED' } })
      expect(calls).toEqual([])
    },
  )

  test('that breaks off in the middle is no whole answer', async () => {
    const file = async () =>
      Readable.from(
        (async function* () {
          yield '{"nodes":'
          throw new Error('cut')
        })(),
      )
    const { post } = await start({
      cluster: { diagnosis: { file, stack: () => Promise.reject(new Error()) } },
    })
    await expect(post('/profile?slot=1')).rejects.toThrow()
  })

  test('ends when its caller goes away', async () => {
    const begun = Promise.withResolvers<AbortSignal>()
    const file = (_request: unknown, signal: AbortSignal) => {
      begun.resolve(signal)
      return new Promise<Readable>((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason)),
      )
    }
    const { call, lines } = await start({
      cluster: { diagnosis: { file, stack: () => Promise.reject(new Error()) } },
    })
    const caller = new AbortController()
    const answer = call('/profile?slot=1', { method: 'POST', signal: caller.signal })
    const signal = await begun.promise
    caller.abort(new Error('gone'))
    await expect(answer).rejects.toThrow('gone')
    await until('the diagnosis to end', () => signal.aborted)
    expect(lines.filter(({ level }) => Number(level) > 30)).toEqual([])
  })
})
