import { once } from 'node:events'
import { copyFile, link, mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Cluster, isAlive, mainFile, misbehaving, startCluster } from '../support/cluster.ts'
import { socketClosed } from '../support/socket-closed.ts'
import { until } from '../support/until.ts'

const readyAgain = (cluster: Cluster, slot: number, oldPid: number) =>
  until(`slot ${slot} to be ready again`, async () => {
    const status = (await cluster.slots())[slot]
    return status?.state === 'ready' && status.pid !== oldPid && status
  })

/** A connection that the primary has accepted, and handed over if there is a process: the same event loop has answered operators since. */
async function acceptedConnection(cluster: Cluster): Promise<Socket> {
  const { hostname, port } = new URL(cluster.url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  for (const _ of [1, 2]) await cluster.slots()
  return socket
}

describe('a slot whose process never becomes ready', () => {
  test('is tried again and again, further and further apart, while the others serve', async () => {
    await using cluster = await startCluster(
      { OFFLOOP_PROCESSES: '2', OFFLOOP_THREADS: '1', MISBEHAVE_START: '1:exit' },
      misbehaving,
    )
    const slot = await until('the crash loop to be seen', async () => {
      const status = (await cluster.slots())[1]
      return status?.crashLoop && (status.exits.crash ?? 0) >= 3 && status
    })
    expect(slot.lastExit).toMatchObject({ code: 7, signal: null, reason: 'crash' })
    const delays = cluster.lines
      .filter(({ msg }) => msg === 'HTTP process died')
      .map(({ respawnInMs }) => Number(respawnInMs))
    expect(delays.slice(0, 3)).toEqual(delays.slice(0, 3).toSorted((a, b) => a - b))
    expect((await cluster.task('echo', { message: 'x' })).status).toBe(200)
    expect((await fetch(`${cluster.opsUrl}/readyz`)).status).toBe(200)
    expect(await cluster.stop()).toEqual({ code: 0, signal: null })
  })

  test('ends the start with exit code 1 when it is the only one', async () => {
    await using cluster = new Cluster(
      { OFFLOOP_PROCESSES: '1', OFFLOOP_THREADS: '1', MISBEHAVE_START: '0:exit' },
      misbehaving,
    )
    expect(await cluster.exited).toEqual({ code: 1, signal: null })
    expect(cluster.stderr).toContain('An HTTP process ended before it was ready (exit code 7)')
  })

  test('is killed when its time to start is over', async () => {
    await using cluster = new Cluster(
      {
        OFFLOOP_PROCESSES: '1',
        OFFLOOP_THREADS: '1',
        MISBEHAVE_START: '0:hang',
        OFFLOOP_START_TIMEOUT_MS: '400',
      },
      misbehaving,
    )
    expect(await cluster.exited).toEqual({ code: 1, signal: null })
    expect(cluster.stderr).toBe('offloop: It was not ready within 400 ms\n')
  })
})

describe('an uncaught error in an HTTP process', () => {
  test.each([
    ['throw', 'uncaughtException', 'thrown on purpose'],
    ['reject', 'unhandledRejection', 'rejected on purpose'],
  ])(
    '(%s) is logged with its stack; the process is replaced, finishes its requests and exits 1',
    async (how, origin, message) => {
      await using cluster = await startCluster(
        { OFFLOOP_PROCESSES: '1', OFFLOOP_THREADS: '1', MISBEHAVE: how },
        misbehaving,
      )
      const [pid = -1] = await cluster.pids()
      const inFlight = cluster.task('busy', { ms: 1500 })
      await until('the task to begin', () => cluster.line('busy begins'))
      process.kill(pid, 'SIGUSR2')
      const slot = await readyAgain(cluster, 0, pid)

      expect((await inFlight).status).toBe(200)
      expect(await cluster.ended(pid)).toMatchObject({ code: 1, signal: null, reason: 'crash' })
      expect(slot.restarts).toBe(1)
      const line = cluster.line('uncaught error')
      const stack = expect.stringContaining('misbehave.ts')
      expect(line).toMatchObject({ level: 'fatal', slot: 0, pid, origin, err: { message, stack } })
    },
  )

  test('a storm of them ends the process at once', async () => {
    await using cluster = await startCluster(
      { OFFLOOP_PROCESSES: '2', OFFLOOP_THREADS: '1', MISBEHAVE: 'throw-often' },
      misbehaving,
    )
    const [pid = -1] = await cluster.pids()
    process.kill(pid, 'SIGUSR2')
    expect(await cluster.ended(pid)).toMatchObject({ code: 1, reason: 'crash' })
    await readyAgain(cluster, 0, pid)
  })
})

test('an uncaught error in the primary ends the cluster in order, with exit code 1', async () => {
  await using cluster = await startCluster(
    { OFFLOOP_PROCESSES: '1', OFFLOOP_THREADS: '1', MISBEHAVE: 'throw' },
    misbehaving,
  )
  const pids = await cluster.pids()
  const inFlight = cluster.task('busy', { ms: 300 })
  await until('the task to begin', () => cluster.line('busy begins'))
  cluster.child.kill('SIGUSR2')
  expect(await cluster.exited).toEqual({ code: 1, signal: null })
  expect((await inFlight).status).toBe(200)
  expect(cluster.line('uncaught error in the primary')).toMatchObject({ level: 'fatal' })
  expect(pids.filter(isAlive)).toEqual([])
})

test.each(['SIGTERM', 'SIGINT'] as const)(
  'an HTTP process that somebody sends %s is replaced first, then finishes what it has and ends',
  async (signal) => {
    await using cluster = await startCluster({ OFFLOOP_PROCESSES: '1', OFFLOOP_THREADS: '2' })
    const [pid = -1] = await cluster.pids()
    const inFlight = cluster.task('busy', { ms: 1500 })
    await until('the task to begin', () => cluster.line('busy begins'))
    process.kill(pid, signal)
    // The only process: if it stopped accepting before another one serves, this would be refused.
    while ((await cluster.slots())[0]?.pid === pid) {
      expect((await cluster.task('echo', { message: 'x' })).status).toBe(200)
    }
    expect((await inFlight).status).toBe(200)
    expect(await cluster.ended(pid)).toMatchObject({ code: 0, reason: 'shutdown' })
    expect((await cluster.slots())[0]).toMatchObject({ restarts: 1, exits: { shutdown: 1 } })
  },
)

test('an HTTP process that is sent SIGTERM twice does not wait for its replacement', async () => {
  await using cluster = await startCluster({ OFFLOOP_PROCESSES: '2', OFFLOOP_THREADS: '1' })
  const [pid = -1] = await cluster.pids()
  process.kill(pid, 'SIGTERM')
  await until('its wish', () => cluster.line('asking for a replacement'))
  process.kill(pid, 'SIGTERM')
  expect(await until('the drain', () => cluster.line('draining'))).toMatchObject({ why: 'a second SIGTERM' })
  await readyAgain(cluster, 0, pid)
})

test('while the only process is replaced clients wait, and have their answers of the next one', async () => {
  await using cluster = await startCluster({ OFFLOOP_PROCESSES: '1', OFFLOOP_THREADS: '1' })
  for (const round of [1, 2]) {
    const [pid = -1] = await cluster.pids()
    process.kill(pid, 'SIGKILL')
    await until(
      'its death',
      () => cluster.lines.filter(({ msg }) => msg === 'HTTP process died').length === round,
    )
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => cluster.task('echo', { message: 'x' })),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  }
})

test('a connection that the only process had been handed and had not taken when it died has its answer of the next', async () => {
  await using cluster = await startCluster({ OFFLOOP_PROCESSES: '1', OFFLOOP_THREADS: '1' })
  const [pid = -1] = await cluster.pids()
  process.kill(pid, 'SIGSTOP')
  const socket = await acceptedConnection(cluster)
  process.kill(pid, 'SIGKILL')
  await until('its death', () => cluster.line('HTTP process died'))
  socket.write('GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
})

test('a process that aborts for want of memory is counted as such', async () => {
  await using cluster = await startCluster({
    OFFLOOP_PROCESSES: '1',
    OFFLOOP_THREADS: '1',
    OFFLOOP_THREAD_MAX_HEAP_BYTES: String(64 * 2 ** 20),
  })
  const [pid = -1] = await cluster.pids()
  await cluster.task('crash', { how: 'huge-array' }).catch(() => 'failed')
  expect(await cluster.ended(pid)).toMatchObject({ reason: 'out-of-memory' })
  expect((await cluster.status()).exits).toEqual({ 'out-of-memory': 1 })
  await readyAgain(cluster, 0, pid)
})

test('a process that cannot even be forked is tried again; neither that nor a shutdown hangs', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'offloop-node-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const node = join(dir, 'node')
  // A program of its own, to be taken away as an update of the system does.
  const install = () => link(process.execPath, node).catch(() => copyFile(process.execPath, node))
  await install()
  await using cluster = await startCluster({ OFFLOOP_PROCESSES: '1', OFFLOOP_THREADS: '1' }, [node, mainFile])
  const [pid = -1] = await cluster.pids()
  await rm(node)
  const reload = await cluster.control('/reload')
  expect(reload).toMatchObject({ status: 500, body: { reason: expect.stringContaining('ENOENT') } })
  expect(await cluster.pids()).toEqual([pid])

  process.kill(pid, 'SIGKILL')
  await until('attempts', async () => (await cluster.slots())[0]?.crashLoop)
  await install()
  await readyAgain(cluster, 0, pid)
  await rm(node)
  process.kill((await cluster.pids())[0] ?? -1, 'SIGKILL')
  await until('the slot to be empty', async () => (await cluster.slots())[0]?.pid === null)
  // Who waits for a process learns that there will be none.
  const waiting = await acceptedConnection(cluster)
  const closed = socketClosed(waiting)
  expect(await cluster.stop()).toEqual({ code: 0, signal: null })
  await closed
})
