import { expect, test } from 'vitest'
import { frame } from '../../src/cli/watch.ts'
import { clusterStatus, slotStatus, startFakeOpsServer } from '../support/fake-ops-server.ts'
import { CliProcess, runCli } from '../support/run-cli.ts'
import { until } from '../support/until.ts'

test('prints the page and ends with 0 when every slot is ready', async () => {
  await using server = await startFakeOpsServer({ 'GET /status': { body: clusterStatus() } })
  const { code, stdout, stderr } = await runCli(['status', '--ops-url', server.url])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^Offloop 0\.1\.0 {2}pid 4100 .*\nready 2 of 2\n/)
})

test('ends with 1 when a slot is not ready', async () => {
  const slots = [slotStatus(), slotStatus({ slot: 1, state: 'starting' })]
  await using server = await startFakeOpsServer({ 'GET /status': { body: clusterStatus({ slots }) } })
  const { code, stdout } = await runCli(['status', '--ops-url', server.url])
  expect(code).toBe(1)
  expect(stdout).toContain('ready 1 of 2')
})

test('prints JSON byte for byte as it came, members unknown to this version included', async () => {
  const body = `{ "new": "member",  ${JSON.stringify(clusterStatus()).slice(1)}`
  await using server = await startFakeOpsServer({ 'GET /status': { body } })
  expect(await runCli(['status', '--json', '--ops-url', server.url])).toEqual({
    code: 0,
    stdout: `${body}\n`,
    stderr: '',
  })
})

test('has no colours where standard output is not a terminal', async () => {
  await using server = await startFakeOpsServer({ 'GET /status': { body: clusterStatus() } })
  const { stdout } = await runCli(['status', '--ops-url', server.url], { TERM: 'xterm-256color' })
  expect(stdout).not.toContain('\x1b')
})

test('watching prints a block each time, waits for a primary that is away, and ends with 0 on Ctrl-C', async () => {
  await using server = await startFakeOpsServer({ 'GET /status': { body: clusterStatus() } })
  const { port } = server
  const cli = new CliProcess(['status', '--watch', '0.1', '--ops-url', server.url])
  const blocks = () => cli.stdout.split('Offloop 0.1.0').length - 1
  await until('two blocks', () => blocks() >= 2)
  await server.close()
  await until('a word about it', () => cli.stderr.includes('nothing listens there; trying again\n'))
  const before = blocks()
  await server.listen(port)
  await until('more blocks', () => blocks() > before)
  cli.child.kill('SIGINT')
  expect((await cli.ended).code).toBe(0)
})

test('watching ends quietly when nobody reads any more', async () => {
  await using server = await startFakeOpsServer({ 'GET /status': { body: clusterStatus() } })
  const cli = new CliProcess(['status', '--json', '--watch', '0.1', '--ops-url', server.url])
  await until('a line', () => cli.stdout.includes('\n'))
  cli.child.stdout?.destroy()
  expect(await cli.ended).toMatchObject({ code: 0, stderr: '' })
})

test('a frame overwrites the one before in place and is no higher than the screen', () => {
  expect(frame(['one\ntwo', 'three'], 10)).toBe('\x1b[Hone\x1b[K\r\ntwo\x1b[K\r\n\x1b[K\r\nthree\x1b[K\x1b[J')
  expect(frame(['1\n2\n3\n4'], 2)).toBe('\x1b[H1\x1b[K\r\n2\x1b[K\x1b[J')
})
