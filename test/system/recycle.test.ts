import { expect, test } from 'vitest'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { until } from '../support/until.ts'

const recycled = (cluster: Cluster, reason: 'age' | 'memory') =>
  until(`both slots to be recycled (${reason})`, async () => {
    const slots = await cluster.slots()
    return slots.every(({ exits, state }) => (exits[reason] ?? 0) >= 1 && state === 'ready') && slots
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
  await recycled(cluster, 'age').finally(() => {
    done = true
  })
  await load
  expectOneAtATime(cluster)
})

test('a process is recycled when it holds too much memory', async () => {
  // Every process holds more than this, so each replacement is recycled in its turn.
  await using cluster = await startCluster({
    OFFLOOP_PROCESSES: '2',
    OFFLOOP_THREADS: '1',
    OFFLOOP_MAX_RSS_BYTES: '1000000',
  })
  await recycled(cluster, 'memory')
  expectOneAtATime(cluster)
  expect(cluster.line('recycling an HTTP process')?.because).toMatch(
    /^\d+ bytes resident are more than 1000000$/,
  )
})
