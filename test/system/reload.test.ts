import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { builtFixtureTasksDir, Cluster, childrenOf, misbehaving, startCluster } from '../support/cluster.ts'
import { copyBuild } from '../support/copied-build.ts'
import { type Load, startLoad } from '../support/load.ts'
import { countKinds } from '../support/load-result.ts'
import { until } from '../support/until.ts'

const settings = { OFFLOOP_PROCESSES: '2', OFFLOOP_THREADS: '1', OFFLOOP_TASKS_DIR: builtFixtureTasksDir }

/** Half of the clients keep their connections and pause now and then; none ever tries again. */
function constantLoad({ url }: Cluster): Load {
  return startLoad({ url, clients: 8, pauseMs: 20, maxRequests: 100_000, maxSeconds: 60 })
}

async function expectNoneFailed(load: Load, atLeast: number): Promise<void> {
  const { requests, failures } = await load.stop()
  expect(countKinds(failures)).toEqual({})
  expect(requests).toBeGreaterThan(atLeast)
}

describe('a reload under constant load', () => {
  test('replaces every process, one at a time, and fails not one request', async () => {
    await using cluster = await startCluster({
      ...settings,
      OFFLOOP_THREADS: '2',
      OFFLOOP_DRAIN_IDLE_MS: '300',
    })
    const before = await cluster.pids()
    const load = constantLoad(cluster)
    await load.more(200)
    for (let round = 0; round < 2; round++) {
      const { status, body } = await cluster.control('/reload')
      expect({ status, body }).toMatchObject({
        status: 200,
        body: {
          success: true,
          verdict: 'reloaded',
          slots: [
            { slot: 0, outcome: 'replaced' },
            { slot: 1, outcome: 'replaced' },
          ],
        },
      })
    }
    await load.more(200)
    await expectNoneFailed(load, 1000)
    expect((await cluster.pids()).filter((pid) => before.includes(pid))).toEqual([])
    expect((await cluster.status()).exits).toEqual({ reload: 4 })
  })

  test('with a broken build says no and why; the old code serves on, and a repaired build is taken', async () => {
    await using build = await copyBuild()
    await using cluster = await new Cluster(settings, build.command).ready()
    const before = await cluster.pids()
    const load = constantLoad(cluster)
    await load.more(200)

    await build.breakHttpProcess()
    const broken = await cluster.control('/reload')
    expect(broken.status).toBe(500)
    expect(broken.body).toMatchObject({
      code: 'RELOAD_FAILED',
      success: false,
      reason: expect.stringContaining('exit code 1'),
      slots: [
        { slot: 0, outcome: 'failed', oldPid: before[0], newPid: null },
        { slot: 1, outcome: 'kept', oldPid: before[1] },
      ],
    })
    expect(await cluster.pids()).toEqual(before)

    await build.restore()
    await build.setDescription('The newer code')
    expect((await cluster.control('/reload')).status).toBe(200)
    await expectNoneFailed(load, 500)
    const home = await fetch(cluster.url, { headers: { Accept: 'application/json' } })
    expect(await home.text()).toContain('The newer code')
    expect((await cluster.status()).lastReload).toMatchObject({ verdict: 'reloaded', reason: null })
  })
})

describe('settings in a file', () => {
  const envFile = async (text: string) => {
    const file = join(tmpdir(), `offloop-${process.pid}-${performance.now()}.env`)
    await writeFile(file, text)
    onTestFinished(() => rm(file))
    return file
  }

  test('take effect by SIGHUP, the number of processes among them', async () => {
    const file = await envFile('OFFLOOP_PROCESSES=1\nOFFLOOP_THREADS=1\n')
    await using cluster = await startCluster({ OFFLOOP_ENV_FILE: file })
    expect(await cluster.slots()).toHaveLength(1)
    await writeFile(file, 'OFFLOOP_PROCESSES=2\nOFFLOOP_THREADS=3\n')
    cluster.child.kill('SIGHUP')
    await until('the verdict', () => cluster.line('reload: reloaded'))
    const slots = await until('the first heartbeats', async () => {
      const now = await cluster.slots()
      return now.every(({ vitals }) => vitals !== null) && now
    })
    expect(slots.map(({ vitals }) => vitals?.threads.length)).toEqual([3, 3])
    expect((await cluster.status()).settings).toMatchObject({ OFFLOOP_THREADS: 3 })
  })

  test('that cannot be used, or only by a restart, are a verdict with the reason, and nothing is touched', async () => {
    const file = await envFile('OFFLOOP_PROCESSES=1\nOFFLOOP_THREADS=1\n')
    await using cluster = await startCluster({ OFFLOOP_ENV_FILE: file })
    const pids = await cluster.pids()
    await writeFile(file, 'OFFLOOP_PROCESSES=1\nOFFLOOP_THREADS=many\n')
    const bad = await cluster.control('/reload')
    expect(bad).toMatchObject({
      status: 500,
      body: {
        code: 'RELOAD_FAILED',
        detail: 'Cannot use OFFLOOP_THREADS: expected an integer from 1 to 128, got "many"',
        slots: [{ outcome: 'kept' }],
      },
    })
    await writeFile(file, 'OFFLOOP_PROCESSES=1\nOFFLOOP_THREADS=1\nOFFLOOP_OPS_TOKEN=new\n')
    expect((await cluster.control('/reload')).body.reason).toBe(
      'Cannot change OFFLOOP_OPS_TOKEN by a reload: expected a restart',
    )
    expect(await cluster.pids()).toEqual(pids)
  })
})

test('new slots that cannot be started make the verdict a failure; the rest is reloaded, and the next reload tries again', async () => {
  const file = join(tmpdir(), `offloop-slots-${process.pid}.env`)
  const write = (text: string) => writeFile(file, text)
  await write('OFFLOOP_PROCESSES=1\nMISBEHAVE_START=1:exit\n')
  onTestFinished(() => rm(file))
  await using cluster = await startCluster({ OFFLOOP_THREADS: '1', OFFLOOP_ENV_FILE: file }, misbehaving)
  await write('OFFLOOP_PROCESSES=2\nMISBEHAVE_START=1:exit\n')
  expect(await cluster.control('/reload')).toMatchObject({
    status: 500,
    body: {
      code: 'RELOAD_FAILED',
      slots: [
        { slot: 0, outcome: 'replaced' },
        { slot: 1, outcome: 'failed' },
      ],
    },
  })
  await write('OFFLOOP_PROCESSES=2\n')
  expect(await cluster.control('/reload')).toMatchObject({ status: 200 })
  expect(await cluster.slots()).toMatchObject([{ state: 'ready' }, { state: 'ready' }])
})

test('a SIGHUP during the start waits for it', async () => {
  await using cluster = new Cluster(settings)
  await until('the first fork', () => childrenOf(cluster.pid).length > 0)
  cluster.child.kill('SIGHUP')
  await cluster.ready()
  await until('the verdict', () => cluster.line('reload: reloaded'))
  expect((await cluster.status()).exits).toEqual({ reload: 2 })
})

test('a second reload while one runs is refused, a SIGHUP too', async () => {
  await using cluster = await startCluster(settings)
  const first = cluster.control('/reload')
  await until('the first to run', async () => (await cluster.status()).operation === 'reload')
  const second = await cluster.control('/reload')
  expect(second).toMatchObject({ status: 409, body: { code: 'RELOAD_RUNNING' } })
  cluster.child.kill('SIGHUP')
  await until('the refusal', () => cluster.line('Cannot reload: a reload is running'))
  expect((await first).status).toBe(200)
  expect((await cluster.status()).exits).toEqual({ reload: 2 })
})

test('a reload fills a slot that is in a crash loop', async () => {
  await using build = await copyBuild()
  await using cluster = await new Cluster(settings, build.command).ready()
  const [pid = -1] = await cluster.pids()
  await build.breakHttpProcess()
  process.kill(pid, 'SIGKILL')
  await until('the crash loop', async () => (await cluster.slots())[0]?.crashLoop)
  await build.restore()
  const { status, body } = await cluster.control('/reload')
  expect(status).toBe(200)
  expect(body.slots).toMatchObject([{ slot: 0 }, { slot: 1, outcome: 'replaced' }])
  expect(await cluster.slots()).toMatchObject([
    { state: 'ready', crashLoop: false },
    { state: 'ready', crashLoop: false },
  ])
})

test('a shutdown during a reload ends everything', async () => {
  await using cluster = await startCluster(settings)
  const reload = cluster.control('/reload').catch(() => 'cut off')
  await until('the reload to run', async () => (await cluster.slots())[0]?.replacementPid)
  expect(await cluster.stop()).toEqual({ code: 0, signal: null })
  await reload
})
