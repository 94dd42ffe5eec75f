import { expect, test } from 'vitest'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { until } from '../support/until.ts'

const bothRecycled = (cluster: Cluster) =>
  until('both slots to be recycled', async () => {
    const slots = await cluster.slots()
    return slots.every(({ exits, state }) => (exits.age ?? 0) >= 1 && state === 'ready')
  })

/** No process was drained before another one had taken its place, and never two at once. */
function expectOneAtATime(cluster: Cluster): void {
  const words = cluster.lines
    .map(({ msg }) => msg ?? '')
    .filter((msg) => ['recycling an HTTP process', 'HTTP process ready', 'HTTP process ended'].includes(msg))
    // The first two are those of the start.
    .slice(2)
  const rounds = Math.floor(words.length / 3)
  expect(rounds).toBeGreaterThanOrEqual(2)
  for (let round = 0; round < rounds; round++) {
    expect(words.slice(3 * round, 3 * round + 3)).toEqual([
      'recycling an HTTP process',
      'HTTP process ready',
      'HTTP process ended',
    ])
  }
}

test('a process is recycled after so many requests, its replacement first, one process at a time', async () => {
  await using cluster = await startCluster({
    OFFLOOP_PROCESSES: '2',
    OFFLOOP_THREADS: '1',
    OFFLOOP_MAX_REQUESTS: '100',
  })
  let done = false
  const load = Promise.all(
    [1, 2, 3, 4].map(async () => {
      while (!done) expect((await cluster.task('echo', { message: 'x' })).status).toBe(200)
    }),
  )
  await bothRecycled(cluster).finally(() => {
    done = true
  })
  await load
  expectOneAtATime(cluster)
})

test('a process is recycled when it holds too much memory; where every process does, only once a minute', async () => {
  await using cluster = await startCluster({
    OFFLOOP_PROCESSES: '2',
    OFFLOOP_THREADS: '1',
    OFFLOOP_MAX_RSS_BYTES: '1000000',
  })
  await until('one slot to be recycled', async () => (await cluster.status()).exits.memory === 1)
  const warning = 'it is above the limit soon after its start: is OFFLOOP_MAX_RSS_BYTES too low?'
  expect(cluster.line(warning)?.because).toMatch(/^\d+ bytes resident are more than 1000000$/)
  // The other process is as large and as old.
  expect((await cluster.status()).exits).toEqual({ memory: 1 })
  expect(cluster.lines.filter(({ msg }) => msg === 'recycling an HTTP process')).toHaveLength(1)
})

test('threads are recycled after so many runs, which /status counts, and no request is lost', async () => {
  await using cluster = await startCluster({
    OFFLOOP_PROCESSES: '1',
    OFFLOOP_THREADS: '2',
    OFFLOOP_THREAD_MAX_RUNS: '5',
  })
  const vitals = await until('both threads to be replaced', async () => {
    expect((await cluster.task('echo', { message: 'x' })).status).toBe(200)
    const [slot] = await cluster.slots()
    return (slot?.vitals?.threadRestarts['max-runs'] ?? 0) >= 2 && slot?.vitals
  })
  expect(vitals).toMatchObject({
    threadRestarts: { memory: 0, crash: 0, 'out-of-memory': 0, terminated: 0 },
    threads: [{ runs: expect.any(Number) }, { runs: expect.any(Number) }],
  })
  expect(cluster.line('recycling a thread')).toMatchObject({
    level: 'info',
    role: 'http',
    reason: 'max-runs',
  })
  expect((await cluster.status()).exits).toEqual({})
})
