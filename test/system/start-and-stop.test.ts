import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { Cluster, childrenOf, isAlive, startCluster } from '../support/cluster.ts'
import { until } from '../support/until.ts'

describe('start', () => {
  test('prints where to go, and how many processes and threads there are', async () => {
    await using cluster = await startCluster({ OFFLOOP_PROCESSES: '2', OFFLOOP_THREADS: '1' })
    const line = cluster.lines.find(({ msg }) => msg?.startsWith('Offloop is ready'))
    expect(line).toMatchObject({
      processes: 2,
      threads: 1,
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    })
    expect(line?.msg).toBe(
      `Offloop is ready at ${cluster.url} (HTTP processes: 2, threads in each: 1), for operators at ${cluster.opsUrl}`,
    )
    expect((await fetch(`${cluster.url}/livez`)).status).toBe(200)
    expect((await fetch(`${cluster.opsUrl}/readyz`)).status).toBe(200)
    expect(await cluster.slots()).toMatchObject([
      { slot: 0, state: 'ready', restarts: 0 },
      { slot: 1, state: 'ready', restarts: 0 },
    ])
    const pids = await cluster.pids()
    expect(new Set(childrenOf(cluster.pid))).toEqual(new Set(pids))
  })

  test('a bad setting is one sentence and exit code 2', async () => {
    await using cluster = new Cluster({ OFFLOOP_THREADS: 'lots' })
    expect(await cluster.exited).toEqual({ code: 2, signal: null })
    expect(cluster.stderr).toBe(
      'offloop: Cannot use OFFLOOP_THREADS: expected an integer from 1 to 128, got "lots"\n',
    )
  })

  test('an unknown setting is warned of, with the nearest name', async () => {
    await using cluster = await startCluster({
      OFFLOOP_PROCESES: '1',
      OFFLOOP_PROCESSES: '1',
      OFFLOOP_THREADS: '1',
    })
    expect(cluster.lines).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        msg: expect.stringContaining('did you mean OFFLOOP_PROCESSES?'),
      }),
    )
  })

  test.each(['PORT', 'OFFLOOP_OPS_PORT'])(
    '%s in use is one sentence and exit code 1, before anything is forked',
    async (variable) => {
      const other = createServer().listen(0, '127.0.0.1')
      await once(other, 'listening')
      const { port } = other.address() as AddressInfo
      await using cluster = new Cluster({ [variable]: String(port) })
      expect(await cluster.exited).toEqual({ code: 1, signal: null })
      expect(cluster.stderr).toBe(
        `offloop: Cannot listen on 127.0.0.1:${port}: another program does already; stop it, or set ${variable}\n`,
      )
      expect(cluster.lines).toEqual([])
      other.close()
    },
  )

  test('a task that cannot be loaded is one sentence with its file, and exit code 1', async () => {
    const dir = new URL('../fixtures/broken/throws', import.meta.url).pathname
    await using cluster = new Cluster({
      OFFLOOP_TASKS_DIR: dir,
      OFFLOOP_PROCESSES: '2',
      OFFLOOP_THREADS: '1',
    })
    expect(await cluster.exited).toEqual({ code: 1, signal: null })
    expect(cluster.stderr).toBe(`offloop: Cannot load the task ${dir}/bad.ts: Error: broken on purpose\n`)
  })
})

describe('stop', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s finishes what is in flight, exits 0 and leaves nothing behind',
    async (signal) => {
      await using cluster = await startCluster({ OFFLOOP_PROCESSES: '2', OFFLOOP_THREADS: '1' })
      const pids = await cluster.pids()
      // Two for each thread: one runs, one waits.
      const answers = [1, 2, 3, 4].map(() => cluster.task('busy', { ms: 400 }))
      await begun(cluster, 2)
      expect(await cluster.stop(signal)).toEqual({ code: 0, signal: null })
      expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200, 200])
      expect([cluster.pid, ...pids].filter(isAlive)).toEqual([])
      await expect(fetch(`${cluster.url}/livez`)).rejects.toThrow()
    },
  )

  test('the drain is bounded in time: what is left then is cut off, and counted in the log', async () => {
    await using cluster = await startCluster({
      OFFLOOP_PROCESSES: '1',
      OFFLOOP_THREADS: '1',
      OFFLOOP_DRAIN_TIMEOUT_MS: '300',
    })
    const [pid = -1] = await cluster.pids()
    const cutOff = cluster.task('busy', { ms: 10_000 }).catch((error: Error) => error)
    await begun(cluster, 1)
    expect(await cluster.stop()).toEqual({ code: 0, signal: null })
    expect(await cutOff).toBeInstanceOf(Error)
    expect(cluster.line('the drain time is over, requests were cut off')).toMatchObject({ requests: 1 })
    expect(isAlive(pid)).toBe(false)
  })

  test('with a drain delay, it says that it is not ready and serves on for that long', async () => {
    await using cluster = await startCluster({
      OFFLOOP_PROCESSES: '1',
      OFFLOOP_THREADS: '1',
      OFFLOOP_DRAIN_DELAY_MS: '1000',
    })
    cluster.child.kill('SIGTERM')
    const notReady = await until('the answer for load balancers', async () => {
      const response = await fetch(`${cluster.url}/readyz`)
      return response.status === 503 && response.json()
    })
    expect(notReady).toEqual({ status: 'not ready', reason: 'draining' })
    expect((await fetch(`${cluster.opsUrl}/readyz`)).status).toBe(503)
    expect((await cluster.task('echo', { message: 'late' })).status).toBe(200)
    expect(await cluster.exited).toEqual({ code: 0, signal: null })
  })

  test('a second signal does not wait', async () => {
    await using cluster = await startCluster({ OFFLOOP_PROCESSES: '1', OFFLOOP_THREADS: '1' })
    const [pid = -1] = await cluster.pids()
    const cutOff = cluster.task('busy', { ms: 10_000 }).catch((error: Error) => error)
    await begun(cluster, 1)
    cluster.child.kill('SIGTERM')
    await until('the drain', () => cluster.line('draining'))
    // Signals close together are one wish; a person's second Ctrl-C is another.
    const resend = setInterval(() => cluster.child.kill('SIGTERM'), 100)
    expect(await cluster.exited).toEqual({ code: 1, signal: null })
    clearInterval(resend)
    expect(await cutOff).toBeInstanceOf(Error)
    await until('the process to end', () => !isAlive(pid))
  })

  test('an operator can ask for it', async () => {
    await using cluster = await startCluster({ OFFLOOP_PROCESSES: '1', OFFLOOP_THREADS: '1' })
    expect(await cluster.control('/stop')).toEqual({
      status: 202,
      body: { success: true, pid: cluster.pid },
    })
    expect(await cluster.exited).toEqual({ code: 0, signal: null })
  })

  test('when the primary is killed, its processes finish what is in flight and end', async () => {
    await using cluster = await startCluster({ OFFLOOP_PROCESSES: '2', OFFLOOP_THREADS: '1' })
    const pids = await cluster.pids()
    const answer = cluster.task('busy', { ms: 500 })
    await begun(cluster, 1)
    await cluster.stop('SIGKILL')
    expect((await answer).status).toBe(200)
    await until('the processes to end', () => !pids.some(isAlive))
    // Nobody has the port any more.
    const successor = await startCluster({
      PORT: new URL(cluster.url).port,
      OFFLOOP_PROCESSES: '1',
      OFFLOOP_THREADS: '1',
    })
    expect(await successor.stop()).toEqual({ code: 0, signal: null })
  })
})

/** Waits until this many tasks have begun, and later requests have reached their process. */
async function begun(cluster: Cluster, tasks: number): Promise<void> {
  await until(
    'tasks to begin',
    () => cluster.lines.filter(({ msg }) => msg === 'busy begins').length >= tasks,
  )
  // Connections are dealt out in order: once these are answered, all earlier ones have arrived.
  await Promise.all(
    [1, 2, 3, 4].map(() => fetch(`${cluster.url}/livez`, { headers: { Connection: 'close' } })),
  )
}
