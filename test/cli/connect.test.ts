import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { connect } from '../../src/cli/connect.ts'
import { call } from '../../src/cli/http-call.ts'
import { clusterStatus, problem, startFakeOpsServer } from '../support/fake-ops-server.ts'
import { runCli } from '../support/run-cli.ts'

async function fileWith(text: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'offloop-cli-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const file = join(dir, 'file')
  await writeFile(file, text)
  return file
}

describe('where the primary is', () => {
  test.each([
    [{}, 'http://127.0.0.1:9464/'],
    [{ OFFLOOP_OPS_PORT: '9999' }, 'http://127.0.0.1:9999/'],
    [{ OFFLOOP_OPS_HOST: '10.1.2.3' }, 'http://10.1.2.3:9464/'],
    [{ OFFLOOP_OPS_HOST: '0.0.0.0' }, 'http://127.0.0.1:9464/'],
    [{ OFFLOOP_OPS_HOST: '::' }, 'http://[::1]:9464/'],
    [{ OFFLOOP_OPS_HOST: 'fd00::1' }, 'http://[fd00::1]:9464/'],
    [{ OFFLOOP_THREADS: 'wrong, and none of our business' }, 'http://127.0.0.1:9464/'],
  ])('%o means %s', (environment, url) => {
    expect(connect({}, environment).url.href).toBe(url)
  })

  test('the option wins over the environment, and the environment over the env file', async () => {
    const file = await fileWith('OFFLOOP_OPS_HOST=10.0.0.1\nOFFLOOP_OPS_PORT=1111\n')
    const environment = { OFFLOOP_ENV_FILE: file, OFFLOOP_OPS_PORT: '2222' }
    expect(connect({}, environment).url.href).toBe('http://10.0.0.1:2222/')
    expect(connect({ opsUrl: 'https://ops.example/one' }, environment).url.href).toBe(
      'https://ops.example/one',
    )
  })

  test.each([
    [{ opsUrl: 'here' }, {}, /^Cannot use --ops-url: expected a URL such as .*, got "here"$/],
    [{ opsUrl: 'localhost:9464' }, {}, /^Cannot use --ops-url/],
    [{}, { OFFLOOP_OPS_PORT: '0' }, /OFFLOOP_OPS_PORT is 0/],
    [{}, { OFFLOOP_OPS_PORT: 'x' }, /^Cannot use OFFLOOP_OPS_PORT: expected an integer/],
    [{}, { OFFLOOP_ENV_FILE: '/nowhere' }, /^Cannot use OFFLOOP_ENV_FILE: expected a file/],
    [{ tokenFile: '/nowhere' }, {}, /^Cannot use --token-file: expected a file that can be read/],
    [{}, { OFFLOOP_OPS_TOKEN: 'a\nb' }, /^Cannot use the token of OFFLOOP_OPS_TOKEN: expected one word/],
  ])('%o with %o is refused', (options, environment, sentence) => {
    expect(() => connect(options, environment)).toThrow(sentence)
  })
})

describe('the token', () => {
  test('comes from the environment, or from a file, which wins', async () => {
    await using server = await startFakeOpsServer({ 'GET /status': { body: clusterStatus() } })
    const opsUrl = server.url
    await connect({ opsUrl }, {}).status()
    await connect({ opsUrl }, { OFFLOOP_OPS_TOKEN: 'one' }).status()
    await connect({ opsUrl, tokenFile: await fileWith('two\n') }, { OFFLOOP_OPS_TOKEN: 'one' }).status()
    expect(server.received.map(({ authorization }) => authorization)).toEqual([
      undefined,
      'Bearer one',
      'Bearer two',
    ])
  })

  test('a file without one is refused', async () => {
    const tokenFile = await fileWith(' \n')
    expect(() => connect({ tokenFile }, {})).toThrow(/^Cannot use --token-file: expected a token in /)
  })

  test.each([
    [401, 'OPS_TOKEN_INVALID'],
    [403, 'CONTROL_REFUSED'],
  ])('one that is refused with %d ends the command with 4, detail and code', async (status, code) => {
    await using server = await startFakeOpsServer({ 'POST /stop': problem(status, code, 'Not from you') })
    expect(await runCli(['stop', '--ops-url', server.url], { OFFLOOP_OPS_TOKEN: 'wrong' })).toEqual({
      code: 4,
      stdout: '',
      stderr: `offloop: Not from you (${code})\n`,
    })
  })
})

describe('calls', () => {
  test('a primary that is not there ends the command with 3', async () => {
    const server = await startFakeOpsServer({})
    const { url } = server
    await server.close()
    expect(await runCli(['status', '--ops-url', url])).toEqual({
      code: 3,
      stdout: '',
      stderr: `offloop: Cannot reach the primary at ${url}: nothing listens there\n`,
    })
  })

  test('somebody else who answers is not taken for a primary', async () => {
    await using server = await startFakeOpsServer({ 'GET /status': { body: '<html>hello</html>' } })
    const client = connect({ opsUrl: server.url }, {})
    await expect(client.status()).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('got status 200 and "<html>hello</html>"'),
    })
    server.answers = { 'GET /status': { body: { status: 'ok' } } }
    await expect(client.status()).rejects.toMatchObject({ exitCode: 3 })
  })

  test('a path in front of the operators\u2019 server is kept', async () => {
    await using server = await startFakeOpsServer({ 'GET /one/status': { body: clusterStatus() } })
    await connect({ opsUrl: `${server.url}/one` }, {}).status()
    expect(server.received[0]?.route).toBe('GET /one/status')
  })

  test('an answer may take longer than connecting may', async () => {
    await using server = await startFakeOpsServer({ 'GET /slow': { body: {}, afterMs: 300 } })
    const url = new URL('/slow', server.url)
    expect(await call(url, { who: 'the primary', connectMs: 150 })).toEqual({ status: 200, text: '{}' })
    await expect(call(url, { who: 'the primary', answerMs: 50 })).rejects.toMatchObject({
      message: `Cannot reach the primary at ${server.url}: no answer within 50 ms`,
      exitCode: 3,
      gone: false,
    })
  })

  test('a primary that ends before its answer is told as such', async () => {
    const server = await startFakeOpsServer({ 'POST /reload': { body: {}, afterMs: 60_000 } })
    const reload = connect({ opsUrl: server.url }, {}).reload()
    const outcome = expect(reload).rejects.toMatchObject({
      message: `Cannot reach the primary at ${server.url}: the connection ended before the answer`,
      exitCode: 3,
    })
    await expect.poll(() => server.received.length).toBe(1)
    await server.close()
    await outcome
  })
})
