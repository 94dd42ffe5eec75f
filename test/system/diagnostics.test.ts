import { readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { StackAnswer } from '../../src/protocol/operators-api.ts'
import { type Cluster, misbehaving, startCluster } from '../support/cluster.ts'
import { runCli } from '../support/run-cli.ts'
import { until } from '../support/until.ts'

/** What Chrome's tools read of a `.cpuprofile`. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string }
    readonly children?: readonly number[]
  }[]
  readonly startTime: number
  readonly endTime: number
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

const settings = {
  OFFLOOP_PROCESSES: '2',
  OFFLOOP_THREADS: '1',
  // Each request stays where it comes to.
  OFFLOOP_WORK_SHARING: 'off',
  OFFLOOP_OPS_TOKEN: 'open-sesame',
}
const token = { Authorization: 'Bearer open-sesame' }

function diagnose(cluster: Cluster, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${cluster.opsUrl}${path}`, { method: 'POST', headers: token, ...init })
}

/** Keeps every thread busy with the task, until stopped. */
function keepBusy(cluster: Cluster): { stop: () => Promise<unknown> } {
  let stopped = false
  const client = async () => {
    while (!stopped) await (await cluster.task('busy', { ms: 20 })).arrayBuffer()
  }
  const clients = Array.from({ length: 4 }, client)
  return {
    stop: () => {
      stopped = true
      return Promise.all(clients)
    },
  }
}

/** Every sample is of a node that is there, and every node but the root is somebody's child. */
function assertValid({ nodes, samples, timeDeltas, startTime, endTime }: CpuProfile): void {
  const ids = new Set(nodes.map(({ id }) => id))
  const children = nodes.flatMap((node) => node.children ?? [])
  expect(ids.size).toBe(nodes.length)
  expect(new Set(children)).toEqual(new Set([...ids].filter((id) => id !== nodes[0]?.id)))
  expect(nodes[0]?.callFrame.functionName).toBe('(root)')
  expect(samples.filter((id) => !ids.has(id))).toEqual([])
  expect(samples.length).toBeGreaterThan(0)
  expect(timeDeltas).toHaveLength(samples.length)
  expect(endTime).toBeGreaterThan(startTime)
}

test('a cluster at work tells what its threads and processes do, and goes on with it', async () => {
  await using cluster = await startCluster({ ...settings, SECRET_OF_TEST: 'not-for-anybody' })
  const pids = await cluster.pids()
  const busy = keepBusy(cluster)

  // A thread's profile has the task in it, is one of its kind, and is asked for by who may.
  expect((await fetch(`${cluster.opsUrl}/profile?slot=0`, { method: 'POST' })).status).toBe(401)
  const profiling = diagnose(cluster, '/profile?slot=0&thread=0&seconds=2')
  const refused = await until('the second one to be refused', async () => {
    const response = await diagnose(cluster, '/heap-snapshot?slot=0')
    const body = (await response.json()) as { code?: string }
    return response.status === 409 && body
  })
  expect(refused.code).toBe('DIAGNOSIS_RUNNING')
  const idle = diagnose(cluster, '/profile?slot=1&seconds=1')
  const answer = await profiling
  expect(answer.headers.get('content-disposition')).toContain('offloop-slot-0-thread-0.cpuprofile')
  const profile = (await answer.json()) as CpuProfile
  assertValid(profile)
  const ofTask = profile.nodes.filter(({ callFrame }) => callFrame.url.endsWith('/tasks/busy.ts'))
  expect(ofTask.map(({ callFrame }) => callFrame.functionName)).toContain('run')
  assertValid((await (await idle).json()) as CpuProfile)

  // While a snapshot is taken of one process, requests are answered by the other, and nobody is killed.
  const before = (await cluster.status()).totals.totalTasks
  for (const path of ['/heap-snapshot?slot=0', '/heap-snapshot?slot=1&thread=0', '/heap-snapshot']) {
    const snapshot = (await (await diagnose(cluster, path)).json()) as { snapshot?: { meta?: object } }
    expect(snapshot.snapshot?.meta).toBeDefined()
  }
  await until('more runs', async () => (await cluster.status()).totals.totalTasks > before)

  for (const path of ['/report?slot=0', '/report']) {
    const report = await (await diagnose(cluster, path)).text()
    expect(JSON.parse(report)).toHaveProperty('header.nodejsVersion')
    expect(report).not.toMatch(/open-sesame|not-for-anybody|environmentVariables|networkInterfaces/)
  }

  // Somebody who asks for a profile and goes away leaves nothing behind.
  const caller = new AbortController()
  const given = diagnose(cluster, '/profile?slot=0&thread=0&seconds=300', { signal: caller.signal })
  await until('it to run', async () => (await diagnose(cluster, '/report?slot=0')).status === 409)
  caller.abort(new Error('gone'))
  await expect(given).rejects.toThrow('gone')
  await until('the slot to be free', async () => (await diagnose(cluster, '/report?slot=0')).status === 200)

  await busy.stop()
  expect(await cluster.pids()).toEqual(pids)
})

test('a run that is ended during a snapshot of its thread takes nobody along', async () => {
  await using cluster = await startCluster({ ...settings, OFFLOOP_PROCESSES: '1' })
  const [pid = -1] = await cluster.pids()
  // Its time limit is half a second; then its thread is terminated, and it is nearly always in a snapshot.
  let over = false
  const run = cluster.task('forever').finally(() => {
    over = true
  })
  while (!over) {
    const snapshot = await diagnose(cluster, '/heap-snapshot?slot=0&thread=0')
    expect(await snapshot.json()).toHaveProperty('snapshot.meta')
  }
  expect((await run).status).toBe(504)
  expect((await cluster.task('echo', { message: 'x' })).status).toBe(200)
  expect(await cluster.pids()).toEqual([pid])
})

test('a process that hangs in a loop tells where, is killed, and the report of blocked loops has the place', async () => {
  const hang = { ...settings, OFFLOOP_HANG_TIMEOUT_MS: '4000', MISBEHAVE: 'loop' }
  await using cluster = await startCluster(hang, misbehaving)
  const [pid = -1] = await cluster.pids()
  const idle = (await (await diagnose(cluster, '/stack?slot=1')).json()) as StackAnswer
  expect(idle).toMatchObject({ success: true, slot: 1 })

  process.kill(pid, 'SIGUSR2')
  const place = /^endlessLoop \(.*test\/fixtures\/misbehave\.ts:\d+:\d+\)$/
  const stack = await until('it to hang', async () => {
    const answer = (await (await diagnose(cluster, '/stack?slot=0')).json()) as StackAnswer
    return answer.state === 'running' && answer.where?.startsWith('endlessLoop') && answer
  })
  expect(stack).toMatchObject({ pid, where: expect.stringMatching(place) })
  // What the loop calls may stand above it; who called it stands below.
  const callers = stack.stack.slice(stack.stack.indexOf(stack.where ?? '') + 1)
  expect(callers[0]).toMatch(/^misbehave /)

  const died = await cluster.ended(pid)
  expect(died).toMatchObject({ reason: 'hung', stall: { where: expect.stringMatching(place) } })
  const { blockedLoops } = await cluster.status()
  expect(blockedLoops.places[0]).toMatchObject({ count: 1, where: expect.stringMatching(place) })
  expect(blockedLoops.places[0]?.totalMs).toBeGreaterThan(1000)
})

test('the command writes files, tells stacks, and says what it cannot do', async () => {
  await using cluster = await startCluster({
    ...settings,
    OFFLOOP_PROCESSES: '1',
    OFFLOOP_BLOCK_WARN_MS: '0',
  })
  const environment = { OFFLOOP_OPS_TOKEN: 'open-sesame' }
  const offloop = (...args: string[]) => runCli([...args, '--ops-url', cluster.opsUrl], environment)
  const file = join(tmpdir(), `offloop-test-${crypto.randomUUID()}`)
  onTestFinished(() => rm(file, { force: true }))

  const profile = await offloop('profile', '--slot', '0', '--thread', '0', '--seconds', '1')
  expect(profile).toMatchObject({ code: 0, stderr: '' })
  assertValid(JSON.parse(profile.stdout) as CpuProfile)

  expect(await offloop('report', '--slot', '0', '--output', file)).toMatchObject({ code: 0, stdout: '' })
  expect(JSON.parse(await readFile(file, 'utf8'))).toHaveProperty('javascriptStack')

  const refused = await offloop('heap-snapshot', '--slot', '7', '--output', `${file}-7`)
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('(SLOT_NOT_FOUND)') })
  await expect(stat(`${file}-7`)).rejects.toThrow('ENOENT')

  expect(await offloop('stack', '--slot', '0')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('OFFLOOP_BLOCK_WARN_MS is 0'),
  })
  expect(await offloop('profile', '--slot', '0', '--seconds', '301')).toMatchObject({ code: 2 })
})
