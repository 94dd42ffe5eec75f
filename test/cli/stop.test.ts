import { expect, test } from 'vitest'
import { clusterStatus, problem, startFakeOpsServer } from '../support/fake-ops-server.ts'
import { CliProcess, runCli } from '../support/run-cli.ts'
import { until } from '../support/until.ts'

const stopping = { status: 202, body: { success: true, pid: 4100 } }
const present = { body: clusterStatus({ shuttingDown: true }) }

test('waits until the primary is gone', async () => {
  await using server = await startFakeOpsServer({ 'POST /stop': stopping, 'GET /status': present })
  const cli = new CliProcess(['stop', '--ops-url', server.url])
  await until('it to look twice', () => server.received.filter(({ route }) => route === 'GET /status')[1])
  expect(cli.child.exitCode).toBeNull()
  await server.close()
  const { code, stdout, stderr } = await cli.ended
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^stopped pid 4100 in \S+\n$/)
})

test('takes another primary in its place for its end', async () => {
  await using server = await startFakeOpsServer({
    'POST /stop': stopping,
    'GET /status': { body: clusterStatus({ pid: 5000 }) },
  })
  expect(await runCli(['stop', '--ops-url', server.url])).toMatchObject({ code: 0, stderr: '' })
})

test('ends with 1 when the primary is not gone in time', async () => {
  await using server = await startFakeOpsServer({ 'POST /stop': stopping, 'GET /status': present })
  expect(await runCli(['stop', '--timeout', '0.2', '--ops-url', server.url])).toEqual({
    code: 1,
    stdout: '',
    stderr: 'offloop: The primary, pid 4100, is still there after 0.2 s\n',
  })
})

test('waits for a shutdown that somebody else has begun', async () => {
  await using server = await startFakeOpsServer({
    'POST /stop': problem(409, 'SHUTTING_DOWN', 'The cluster is shutting down'),
    'GET /status': present,
  })
  const cli = new CliProcess(['stop', '--ops-url', server.url])
  await until('it to look twice', () => server.received.filter(({ route }) => route === 'GET /status')[1])
  await server.close()
  expect(await cli.ended).toMatchObject({ code: 0, stderr: '' })
})
