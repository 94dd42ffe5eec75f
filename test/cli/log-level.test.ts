import { expect, test } from 'vitest'
import { clusterStatus, problem, startFakeOpsServer } from '../support/fake-ops-server.ts'
import { runCli } from '../support/run-cli.ts'

test('without a level, prints the one in force', async () => {
  await using server = await startFakeOpsServer({
    'GET /status': { body: clusterStatus({ logLevel: 'debug' }) },
  })
  expect(await runCli(['log-level', '--ops-url', server.url])).toEqual({
    code: 0,
    stdout: 'debug\n',
    stderr: '',
  })
})

test.each([
  ['info', 'info -> debug\n'],
  ['debug', 'nothing to do: debug\n'],
])('changes it where it is %s', async (logLevelBefore, stdout) => {
  const body = { success: true, logLevelBefore, logLevel: 'debug' }
  await using server = await startFakeOpsServer({ 'POST /log-level': { body } })
  const args = ['log-level', 'DEBUG', '--ops-url', server.url]
  expect(await runCli(args, { OFFLOOP_OPS_TOKEN: 't' })).toEqual({ code: 0, stdout, stderr: '' })
  expect(server.received).toEqual([
    { route: 'POST /log-level', authorization: 'Bearer t', body: '{"level":"debug"}' },
  ])
})

test('where it may not, says so and ends with 4', async () => {
  const answer = problem(403, 'CONTROL_REFUSED', 'Cannot take control requests')
  await using server = await startFakeOpsServer({ 'POST /log-level': answer })
  expect(await runCli(['log-level', 'debug', '--ops-url', server.url])).toMatchObject({ code: 4 })
})
