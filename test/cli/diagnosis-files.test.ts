import { once } from 'node:events'
import { mkdtempDisposable, readdir } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { formatStack } from '../../src/cli/stack.ts'
import { problem, startFakeOpsServer } from '../support/fake-ops-server.ts'
import { runCli } from '../support/run-cli.ts'

/** An operators' server that sends a file, and then does something with the answer. */
async function startFileServer(then: (response: ServerResponse) => void) {
  const routes: string[] = []
  const server = createServer((request, response) => {
    routes.push(`${request.method} ${request.url}`)
    response.writeHead(200, { 'Content-Disposition': 'attachment; filename="x"' })
    response.write('{"nodes":[]}', () => then(response))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, routes }
}

test('writes what comes to standard output, and asks for what was asked for', async () => {
  const { url, routes } = await startFileServer((response) => response.end())
  const args = ['profile', '--slot', '1', '--thread', '0', '--seconds', '2', '--ops-url', url]
  expect(await runCli(args)).toEqual({ code: 0, stdout: '{"nodes":[]}', stderr: '' })
  expect(routes).toEqual(['POST /profile?slot=1&thread=0&seconds=2'])
})

test('an answer that is cut off ends with 1, and leaves no half of a file', async () => {
  const { url } = await startFileServer((response) => response.destroy())
  await using folder = await mkdtempDisposable(join(tmpdir(), 'offloop-cli-'))
  const output = join(folder.path, 'x.heapsnapshot')
  const { code, stderr } = await runCli(['heap-snapshot', '--output', output, '--ops-url', url])
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('The answer was cut off') })
  expect(await readdir(folder.path)).toEqual([])
})

test('a refusal makes no file', async () => {
  const refusal = problem(409, 'DIAGNOSIS_RUNNING', 'Cannot look into slot 0')
  await using server = await startFakeOpsServer({ 'POST /report?slot=0': refusal })
  await using folder = await mkdtempDisposable(join(tmpdir(), 'offloop-cli-'))
  const output = join(folder.path, 'report.json')
  expect((await runCli(['report', '--slot', '0', '--output', output, '--ops-url', server.url])).code).toBe(1)
  expect(await readdir(folder.path)).toEqual([])
})

test.each([
  [['profile', '--seconds', '0'], 'Cannot use --seconds: expected a whole number from 1 to 300, got "0"'],
  [['heap-snapshot', '--slot', 'x'], 'Cannot use --slot: expected a whole number from 0 to 511, got "x"'],
  [['stack'], "Required option '--slot <number>' not specified"],
])('%s is wrong usage', async (args, sentence) => {
  const { code, stderr } = await runCli(args)
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(sentence) })
})

test('a stack reads from the innermost call outwards', () => {
  const answer = {
    success: true,
    slot: 1,
    pid: 77,
    state: 'running',
    stalledMs: 2400,
    where: 'a (a.ts:1:1)',
    stack: ['a (a.ts:1:1)', 'b (b.ts:2:2)'],
  } as const
  const plain = (_emphasis: string, text: string) => text
  expect(formatStack(answer, plain)).toBe(
    'slot 1, pid 77: runs JavaScript, its event loop stands still for 2.4s\n  at a (a.ts:1:1)\n  at b (b.ts:2:2)',
  )
  expect(formatStack({ ...answer, state: 'idle', stalledMs: 0, stack: [] }, plain)).toBe(
    'slot 1, pid 77: waits for something to do',
  )
})
