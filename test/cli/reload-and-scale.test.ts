import { describe, expect, test } from 'vitest'
import { formatVerdict } from '../../src/cli/verdict.ts'
import type { ReloadVerdict, ScaleVerdict } from '../../src/protocol/operators-api.ts'
import { clusterStatus, problem, startFakeOpsServer } from '../support/fake-ops-server.ts'
import { runCli } from '../support/run-cli.ts'

const reloaded: ReloadVerdict = {
  verdict: 'reloaded',
  durationMs: 2345,
  reason: null,
  slots: [
    { slot: 0, outcome: 'replaced', oldPid: 11, newPid: 21, readyMs: 1040, reason: null },
    { slot: 1, outcome: 'started', oldPid: null, newPid: 22, readyMs: 980, reason: null },
  ],
}

const failedSlots = [
  { slot: 0, outcome: 'failed', oldPid: 11, newPid: 21, readyMs: null, reason: 'It ended with exit code 7' },
  { slot: 1, outcome: 'kept', oldPid: 12, newPid: null, readyMs: null, reason: null },
]

function scaled(processesBefore: number, processes: number): ScaleVerdict {
  return { verdict: 'scaled', processesBefore, processes, durationMs: 812, reason: null, slots: [] }
}

describe('reload', () => {
  test('prints a line for each slot and how it went, and ends with 0', async () => {
    const body = { success: true, ...reloaded }
    await using server = await startFakeOpsServer({ 'POST /reload': { body, afterMs: 50 } })
    expect(await runCli(['reload', '--ops-url', server.url], { OFFLOOP_OPS_TOKEN: 't' })).toEqual({
      code: 0,
      stdout: `slot 0: replaced, pid 11 -> 21, ready after 1.0s
slot 1: started, pid 22, ready after 980ms
reloaded 2 processes in 2.3s
`,
      stderr: '',
    })
    expect(server.received).toEqual([{ route: 'POST /reload', authorization: 'Bearer t', body: '' }])
  })

  test('one that failed prints how far it came, the reason, and ends with 1', async () => {
    const members = { verdict: 'failed', durationMs: 900, reason: 'why', slots: failedSlots }
    const answer = problem(500, 'RELOAD_FAILED', 'Slot 0 did not become ready', members)
    await using server = await startFakeOpsServer({ 'POST /reload': answer })
    expect(await runCli(['reload', '--ops-url', server.url])).toEqual({
      code: 1,
      stdout: 'slot 0: failed, pid 11 -> 21: It ended with exit code 7\nslot 1: kept, pid 12\n',
      stderr: 'offloop: Slot 0 did not become ready (RELOAD_FAILED)\n',
    })
  })

  test('prints the JSON of an error too', async () => {
    const answer = problem(409, 'RELOAD_RUNNING', 'A reload is running')
    await using server = await startFakeOpsServer({ 'POST /reload': answer })
    const { code, stdout, stderr } = await runCli(['reload', '--json', '--ops-url', server.url])
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'offloop: A reload is running (RELOAD_RUNNING)\n',
    })
    expect(JSON.parse(stdout)).toEqual(answer.body)
  })
})

describe('scale', () => {
  test.each([
    ['5', 5],
    ['+1', 4],
    ['-1', 2],
  ])('%s asks for %d processes where there are 3', async (argument, processes) => {
    await using server = await startFakeOpsServer({
      'GET /status': { body: clusterStatus({ processes: 3 }) },
      'POST /scale': { body: { success: true, ...scaled(3, processes) } },
    })
    const { code, stdout, stderr } = await runCli(['scale', argument, '--ops-url', server.url])
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: `scaled from 3 to ${processes} processes in 812ms\n`,
      stderr: '',
    })
    expect(server.received.at(-1)).toMatchObject({ route: 'POST /scale', body: `{"processes":${processes}}` })
  })

  test('a change below one process is refused before anything is asked for, with 2', async () => {
    await using server = await startFakeOpsServer({ 'GET /status': { body: clusterStatus() } })
    const { code, stderr } = await runCli(['scale', '-2', '--ops-url', server.url])
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'offloop: Cannot scale from 2 to 0: expected an integer from 1 to 512\n',
    })
    expect(server.received.map(({ route }) => route)).toEqual(['GET /status'])
  })

  test('says so when there was nothing to do', () => {
    expect(formatVerdict(scaled(1, 1))).toBe('nothing to do: 1 process')
  })
})
