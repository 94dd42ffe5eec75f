import { expect, test } from 'vitest'
import { childrenOf, misbehaving, startCluster } from '../support/cluster.ts'
import { until } from '../support/until.ts'

const settings = { OFFLOOP_PROCESSES: '1', OFFLOOP_THREADS: '1' }

test('scaling up starts processes in the next slots, scaling down drains the highest ones', async () => {
  await using cluster = await startCluster(settings)
  const [first] = await cluster.pids()
  const up = await cluster.control('/scale', { processes: 3 })
  expect(up.status).toBe(200)
  expect(up.body).toMatchObject({
    success: true,
    verdict: 'scaled',
    processesBefore: 1,
    processes: 3,
    slots: [
      { slot: 1, outcome: 'started', reason: null },
      { slot: 2, outcome: 'started', reason: null },
    ],
  })
  expect(await cluster.slots()).toMatchObject([{ state: 'ready' }, { state: 'ready' }, { state: 'ready' }])

  // Two for each thread: whichever process they are dealt to, one of those that leave has work.
  const inFlight = [1, 2, 3, 4, 5, 6].map(() => cluster.task('busy', { ms: 300 }))
  await until(
    'tasks on all threads',
    () => cluster.lines.filter(({ msg }) => msg === 'busy begins').length >= 3,
  )
  const down = await cluster.control('/scale', { processes: 1 })
  expect(down.body).toMatchObject({
    processes: 1,
    slots: [
      { slot: 1, outcome: 'removed' },
      { slot: 2, outcome: 'removed' },
    ],
  })
  expect((await Promise.all(inFlight)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200])
  expect(childrenOf(cluster.pid)).toEqual([first])
  expect((await cluster.status()).exits).toEqual({ scale: 2 })
})

test('SIGTTIN adds a process, SIGTTOU takes one away but never the last', async () => {
  await using cluster = await startCluster(settings)
  const slots = (count: number) =>
    until(`${count} ready slots`, async () => {
      const now = await cluster.slots()
      return now.length === count && now.every(({ state }) => state === 'ready')
    })
  cluster.child.kill('SIGTTIN')
  await slots(2)
  cluster.child.kill('SIGTTOU')
  await slots(1)
  cluster.child.kill('SIGTTOU')
  await until('the refusal', () =>
    cluster.line('Cannot scale to 0: expected at least OFFLOOP_MIN_READY, which is 1'),
  )
  await slots(1)
})

test('a new slot whose process does not become ready is given up, with the reason', async () => {
  await using cluster = await startCluster({ ...settings, MISBEHAVE_START: '1:exit' }, misbehaving)
  const { status, body } = await cluster.control('/scale', { processes: 2 })
  expect(status).toBe(500)
  expect(body).toMatchObject({
    code: 'SCALE_FAILED',
    success: false,
    processes: 1,
    reason: expect.stringContaining('exit code 7'),
  })
  expect(await cluster.slots()).toMatchObject([{ slot: 0, state: 'ready' }])
})
