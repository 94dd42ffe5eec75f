import { expect, test } from 'vitest'
import { type Cluster, isAlive, startCluster } from '../support/cluster.ts'
import { startLoad } from '../support/load.ts'
import { WENT_DOWN } from '../support/faults-and-good-traffic.ts'
import { quarantined, sendPoison, slotsThatRefused } from '../support/poison.ts'
import { until } from '../support/until.ts'

/*
 * Inputs that end what they run on: real threads, real aborts, a real primary that remembers.
 */
const send = async (cluster: Cluster, how: string, times: number) => {
  const results: (number | 'failed')[] = []
  for (let sent = 0; sent < times; sent++) results.push(await sendPoison(cluster, how, 'the same'))
  return results
}

/** Clients may learn of a death before the primary does. */
const processesThatLive = (cluster: Cluster) =>
  until('processes that live', async () => (await cluster.pids()).every(isAlive))

test('an input that has ended its thread twice is refused in every process, and after a reload', async () => {
  await using cluster = await startCluster({ OFFLOOP_PROCESSES: '2', OFFLOOP_THREADS: '2' })
  expect(await send(cluster, 'exit', 2)).toEqual([500, 500])
  const entry = await quarantined(cluster)
  expect(entry).toMatchObject({ task: 'crash', deaths: 2, how: 'thread-exit', refusals: 0 })
  expect(Date.parse(entry.until ?? '') - Date.parse(entry.lastDeathAt)).toBe(600_000)
  expect(cluster.line('an input is in quarantine: its runs ended threads or processes')).toMatchObject({
    level: 'warn',
    fingerprint: entry.fingerprint,
  })

  expect(await send(cluster, 'exit', 4)).toEqual([422, 422, 422, 422])
  await until('refusals by both processes', () => slotsThatRefused(cluster).size === 2)
  expect(await sendPoison(cluster, 'exit', 'another')).toBe(500)

  await cluster.reload()
  expect(await send(cluster, 'exit', 4)).toEqual([422, 422, 422, 422])
  await until('the count of refusals', async () => (await quarantined(cluster)).refusals === 8)
  const { quarantine } = await cluster.status()
  expect(quarantine.map(({ deaths, until: end }) => [deaths, end !== null])).toEqual([
    [2, true],
    [1, false],
  ])
})

test('an input that aborts processes takes down a few, and not one after another', async () => {
  await using cluster = await startCluster({
    OFFLOOP_PROCESSES: '2',
    OFFLOOP_THREADS: '2',
    OFFLOOP_THREAD_MAX_HEAP_BYTES: String(64 * 2 ** 20),
    // The other thread is for the others, and whoever waits may.
    OFFLOOP_TASK_LIMITS: JSON.stringify({
      crash: { maxConcurrency: 1, timeMs: 300_000, queueTimeoutMs: 300_000 },
    }),
  })
  const goodClients = 4
  const load = startLoad({
    url: cluster.url,
    clients: goodClients,
    pauseMs: 20,
    maxRequests: 100_000,
    maxSeconds: 100,
  })
  await load.more(100)
  const retrying = async () => {
    for (;;) {
      const result = await sendPoison(cluster, 'huge-array', 'the same')
      if (result !== 'failed') return result
    }
  }
  expect(await Promise.all([retrying(), retrying(), retrying()])).toEqual([422, 422, 422])
  await processesThatLive(cluster)
  for (let times = 0; times < 10; times++) expect(await retrying()).toBe(422)
  await load.more(200)
  const { failures } = await load.stop()
  await processesThatLive(cluster)

  // Two deaths before it is refused, and one more where another process had begun it by then: also for a caller who is
  // refused meanwhile, because the process that had passed the run on died, and was asked again.
  const { exits, quarantine } = await cluster.status()
  const deaths = exits['out-of-memory'] ?? 0
  expect(exits).toEqual({ 'out-of-memory': deaths })
  expect(deaths).toBeGreaterThanOrEqual(2)
  expect(deaths).toBeLessThanOrEqual(3)
  expect(slotsThatRefused(cluster)).toEqual(new Set([0, 1]))
  const refused = quarantine.filter((entry) => entry.until !== null)
  expect(refused).toMatchObject([{ task: 'crash', how: 'process', deaths }])

  // Nobody else was told anything wrong. A death costs a client what was in flight; where it leaves no process, also what
  // was waiting to be accepted just then, and what comes before the primary keeps the port open is refused.
  const broken = failures.filter(({ kind }) => kind !== 'ECONNREFUSED')
  expect(broken.map(({ kind }) => kind).filter((kind) => !WENT_DOWN.includes(kind))).toEqual([])
  const inFlight = broken.filter(({ connection }) => connection === 'reused')
  expect(inFlight.length).toBeLessThanOrEqual((deaths * goodClients) / 2)
  expect(broken.length).toBeLessThanOrEqual(2 * deaths * goodClients)
}, 120_000)

test('an innocent input that ran on a process that died is cleared by its next run', async () => {
  await using cluster = await startCluster({ OFFLOOP_PROCESSES: '1', OFFLOOP_THREADS: '2' })
  const innocent = () => cluster.task('busy', { ms: 1000 })
  const knownTasks = async () => (await cluster.status()).quarantine.map(({ task }) => task).toSorted()
  for (const round of [1, 2]) {
    const running = innocent().catch(() => 'failed')
    await until(
      'it to run',
      () => cluster.lines.filter(({ msg }) => msg === 'busy begins').length === 2 * round - 1,
    )
    expect(await sendPoison(cluster, 'process', `poison ${round}`)).toBe('failed')
    expect(await running).toBe('failed')
    const died = await until('the log line', () =>
      cluster.lines.filter(({ msg }) => msg === 'HTTP process died').at(round - 1),
    )
    expect(died.suspects).toMatchObject([{ task: 'busy' }, { task: 'crash' }])
    await until('both to be suspected', async () => (await knownTasks()).includes('busy'))
    await cluster.pids()
    expect((await innocent()).status).toBe(200)
    await until('it to be cleared', async () => !(await knownTasks()).includes('busy'))
    expect(await knownTasks()).toEqual(Array(round).fill('crash'))
  }
}, 60_000)

test('a process that dies later does not count against an input that is no longer there', async () => {
  await using cluster = await startCluster({ OFFLOOP_PROCESSES: '1', OFFLOOP_THREADS: '1' })
  const [pid = -1] = await cluster.pids()
  // With one thread, each of these begins when what was before is gone.
  expect((await cluster.task('echo', { message: 'x' })).status).toBe(200)
  expect((await cluster.task('forever')).status).toBe(504)
  expect(await send(cluster, 'exit', 1)).toEqual([500])
  await until('its suspicion', async () => (await cluster.status()).quarantine.length === 1)
  process.kill(pid, 'SIGKILL')
  expect(await cluster.ended(pid)).not.toHaveProperty('suspects')
  expect((await cluster.status()).quarantine).toMatchObject([{ task: 'crash', deaths: 1 }])
})

test('when its term is over an input has one more chance, and is then refused for longer', async () => {
  await using cluster = await startCluster({
    OFFLOOP_PROCESSES: '1',
    OFFLOOP_THREADS: '1',
    OFFLOOP_QUARANTINE_MS: '1500',
  })
  expect(await send(cluster, 'exit', 2)).toEqual([500, 500])
  await quarantined(cluster)
  expect(await sendPoison(cluster, 'exit', 'the same')).toBe(422)
  await until('its chance', async () => (await sendPoison(cluster, 'exit', 'the same')) === 500)
  const entry = await quarantined(cluster)
  expect(entry.deaths).toBe(3)
  expect(Date.parse(entry.until ?? '') - Date.parse(entry.lastDeathAt)).toBe(3000)
  expect(await sendPoison(cluster, 'exit', 'the same')).toBe(422)
})

test('with a term of 0 nothing is ever refused', async () => {
  await using cluster = await startCluster({
    OFFLOOP_PROCESSES: '1',
    OFFLOOP_THREADS: '1',
    OFFLOOP_QUARANTINE_MS: '0',
  })
  expect(await send(cluster, 'exit', 4)).toEqual([500, 500, 500, 500])
  expect((await cluster.status()).quarantine).toEqual([])
})
