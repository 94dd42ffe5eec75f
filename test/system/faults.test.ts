import { describe, expect, test } from 'vitest'
import { type Cluster, isAlive, startCluster } from '../support/cluster.ts'
import { until } from '../support/until.ts'

/*
 * What goes wrong in one place stays there: real processes, real kills, real load.
 */
const CLIENTS = 6

/** Clients that call a task one request after another until told to stop; each result is kept. */
function load(cluster: Cluster, task: string, input: unknown) {
  const results: (number | 'failed')[] = []
  let stopped = false
  const clients = Array.from({ length: CLIENTS }, async () => {
    while (!stopped) {
      results.push(
        await cluster.task(task, input).then(
          (response) => response.arrayBuffer().then(() => response.status),
          () => 'failed' as const,
        ),
      )
    }
  })
  const stop = async () => {
    stopped = true
    await Promise.all(clients)
    return {
      succeeded: results.filter((result) => result === 200).length,
      others: results.filter((result) => result !== 200),
    }
  }
  const more = (requests: number) => {
    const goal = results.length + requests
    return until(`${requests} more answers`, () => results.length >= goal)
  }
  return { more, stop }
}

const replaced = (cluster: Cluster, slot: number, oldPid: number | undefined) =>
  until(`slot ${slot} to be ready again`, async () => {
    const status = (await cluster.slots())[slot]
    return status?.state === 'ready' && status.pid !== oldPid && status
  })

describe('under load', () => {
  test('kill -9 of an HTTP process fails only what was in flight there, and its slot is filled again', async () => {
    await using cluster = await startCluster({ OFFLOOP_PROCESSES: '2', OFFLOOP_THREADS: '1' })
    const [pid = -1, other] = await cluster.pids()
    const requests = load(cluster, 'echo', { message: 'x' })
    await requests.more(100)
    process.kill(pid, 'SIGKILL')
    const status = await replaced(cluster, 0, pid)
    await requests.more(100)
    const { succeeded, others } = await requests.stop()

    expect(status.restarts).toBe(1)
    expect((await cluster.pids())[1]).toBe(other)
    expect(succeeded).toBeGreaterThanOrEqual(200 - CLIENTS)
    expect(others.length).toBeLessThanOrEqual(CLIENTS)
    expect(cluster.line('HTTP process died')).toMatchObject({
      slot: 0,
      childPid: pid,
      signal: 'SIGKILL',
      respawnInMs: 0,
    })
  })

  test('a task that loops for ever costs its caller a 504 and nobody else anything', async () => {
    await using cluster = await startCluster({ OFFLOOP_PROCESSES: '2', OFFLOOP_THREADS: '2' })
    const pids = await cluster.pids()
    const requests = load(cluster, 'echo', { message: 'x' })
    const endless = await Promise.all([1, 2].map(() => cluster.task('forever')))
    await requests.more(50)
    const { others } = await requests.stop()

    expect(endless.map(({ status }) => status)).toEqual([504, 504])
    expect(others).toEqual([])
    expect(await cluster.pids()).toEqual(pids)
  })
})

describe('a task that ends the whole process', () => {
  test.each(['process', 'huge-array'])('by %s costs that process and its requests only', async (how) => {
    await using cluster = await startCluster({
      OFFLOOP_PROCESSES: '2',
      OFFLOOP_THREADS: '1',
      OFFLOOP_THREAD_MAX_HEAP_BYTES: String(64 * 2 ** 20),
    })
    const pids = await cluster.pids()
    // Connections are dealt out in turn: the crash goes to one process, the good task to the other.
    const crash = cluster.task('crash', { how }).catch(() => 'failed')
    const good = cluster.task('busy', { ms: 500 })
    expect(await crash).toBe('failed')
    expect((await good).status).toBe(200)
    const pidsNow = await until('both slots', async () => {
      const now = await cluster.slots()
      return now.every(({ state }) => state === 'ready') && now.some(({ restarts }) => restarts === 1) && now
    })
    expect(pidsNow.filter(({ pid }) => pids.includes(pid ?? -1))).toHaveLength(1)
    expect((await cluster.task('echo', { message: 'fine' })).status).toBe(200)
  })
})

test('a thread that cannot even be terminated costs its process, once the others on it are done', async () => {
  await using cluster = await startCluster({ OFFLOOP_PROCESSES: '1', OFFLOOP_THREADS: '2' })
  const [pid] = await cluster.pids()
  // Whether the loop can be interrupted depends on when V8 compiles it: on a busy machine it may be
  // later than the time limit, and then the thread ends as others do.
  const drained = async () => {
    expect((await cluster.task('unstoppable')).status).toBe(504)
    return until(
      'the process to give up its thread',
      () => cluster.line('asking for a replacement'),
      8000,
    ).catch(() => undefined)
  }
  const line = (await drained()) ?? (await drained()) ?? (await drained())
  expect(line).toMatchObject({ why: 'a thread could not be ended' })
  await replaced(cluster, 0, pid)
  expect((await cluster.task('echo', { message: 'fine' })).status).toBe(200)
}, 60_000)

test('when the primary is killed, a process with a thread that cannot be terminated ends all the same', async () => {
  await using cluster = await startCluster({
    OFFLOOP_PROCESSES: '1',
    OFFLOOP_THREADS: '2',
    OFFLOOP_DRAIN_TIMEOUT_MS: '500',
  })
  const [pid = -1] = await cluster.pids()
  expect((await cluster.task('unstoppable')).status).toBe(504)
  await cluster.stop('SIGKILL')
  await until('its end', () => !isAlive(pid))
})

test('a client that does not wait for its answer gives the thread back', async () => {
  await using cluster = await startCluster({ OFFLOOP_PROCESSES: '1', OFFLOOP_THREADS: '1' })
  const caller = new AbortController()
  const gone = cluster.task('busy', { ms: 10_000 }, { signal: caller.signal }).catch(() => 'gone')
  await until('the task to begin', () => cluster.line('busy begins'))
  const next = cluster.task('echo', { message: 'next' })
  caller.abort()
  expect(await gone).toBe('gone')
  expect((await next).status).toBe(200)
  const line = await until('the log line', () => cluster.line('request cut off'))
  expect(line).toMatchObject({ task: 'busy', status: 499 })
})
