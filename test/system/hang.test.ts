import { expect, test } from 'vitest'
import { misbehaving, startCluster } from '../support/cluster.ts'
import { until } from '../support/until.ts'

const HANG_TIMEOUT_MS = 2000
const settings = {
  OFFLOOP_PROCESSES: '2',
  OFFLOOP_THREADS: '1',
  OFFLOOP_HANG_TIMEOUT_MS: String(HANG_TIMEOUT_MS),
}

test('a process that is stopped (SIGSTOP) is killed and replaced within the hang timeout and two seconds', async () => {
  await using cluster = await startCluster(settings)
  const [pid = -1, other] = await cluster.pids()
  process.kill(pid, 'SIGSTOP')
  const slot = await until(
    'a new process in its slot',
    async () => {
      const status = (await cluster.slots())[0]
      return status?.state === 'ready' && status.pid !== pid && status
    },
    HANG_TIMEOUT_MS + 2000,
  )
  expect(slot).toMatchObject({ restarts: 1, exits: { hung: 1 } })
  expect(await cluster.ended(pid)).toMatchObject({ reason: 'hung', signal: 'SIGKILL' })
  expect((await cluster.pids())[1]).toBe(other)
})

test('a process in an endless loop is killed and replaced, and the log says where it was', async () => {
  await using cluster = await startCluster({ ...settings, MISBEHAVE: 'loop' }, misbehaving)
  const [pid = -1] = await cluster.pids()
  process.kill(pid, 'SIGUSR2')
  const place = await until('the place', () => cluster.line('the event loop hangs'), HANG_TIMEOUT_MS)
  await until(
    'a new process in its slot',
    async () => {
      const status = (await cluster.slots())[0]
      return status?.state === 'ready' && status.pid !== pid && status
    },
    HANG_TIMEOUT_MS + 2000,
  )
  expect(await cluster.ended(pid)).toMatchObject({ reason: 'hung', signal: 'SIGKILL' })
  expect(place).toMatchObject({ level: 'error', slot: 0, pid })
  expect(place.where).toMatch(/^endlessLoop \(.*test\/fixtures\/misbehave\.ts:\d+:\d+\)$/)
})

test('a primary that was stopped itself takes no process for hung', async () => {
  await using cluster = await startCluster(settings)
  const pids = await cluster.pids()
  cluster.child.kill('SIGSTOP')
  // Longer than the timeout: only the clock can tell.
  await new Promise((resolve) => setTimeout(resolve, HANG_TIMEOUT_MS + 500))
  cluster.child.kill('SIGCONT')
  await until('a heartbeat after that', async () =>
    (await cluster.slots()).every(({ vitals }) => (vitals?.silentMs ?? HANG_TIMEOUT_MS) < 1000),
  )
  expect(await cluster.pids()).toEqual(pids)
})
