import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Cluster, type LogLine, misbehaving, startCluster } from '../support/cluster.ts'
import { until } from '../support/until.ts'

const setLevel = (cluster: Cluster, level: string) => cluster.control('/log-level', { level })

/** Lets the task compute, and its caller go away in the end; it has the id as its request id. */
function saysSo(cluster: Cluster, id: string) {
  const caller = new AbortController()
  const headers = { 'X-Request-Id': id, 'Content-Type': 'application/json', Connection: 'close' }
  const over = cluster.task('says-so', {}, { signal: caller.signal, headers }).catch(() => {})
  return {
    line: () => until(`a line of ${id}`, () => cluster.lines.find((line) => isOf(line, id))),
    async stop() {
      caller.abort()
      await over
      await until('its own line', () =>
        cluster.lines.find(({ msg, requestId }) => msg === 'request cut off' && requestId === id),
      )
    },
  }
}

const isOf = ({ msg, requestId }: LogLine, id: string) => msg === 'still computing' && requestId === id

test('the log level changes at run time: here, in all processes and later ones, on threads that compute', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'offloop-env-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const envFile = join(dir, 'env')
  await writeFile(envFile, 'LOG_LEVEL=info\n')
  await using cluster = await startCluster({
    OFFLOOP_PROCESSES: '2',
    OFFLOOP_THREADS: '1',
    OFFLOOP_ENV_FILE: envFile,
  })

  // A loop that is under way never gets back to its event loop, and still sees it.
  const first = saysSo(cluster, 'first')
  await until('the task to run', async () => (await cluster.status()).totals.activeThreads === 1)
  expect(await setLevel(cluster, 'debug')).toEqual({
    status: 200,
    body: { success: true, logLevelBefore: 'info', logLevel: 'debug' },
  })
  const slots = await cluster.slots()
  const line = await first.line()
  expect(line).toMatchObject({ level: 'debug', role: 'thread', task: 'says-so', thread: 0 })
  expect(slots[Number(line.slot)]).toMatchObject({ pid: line.pid })
  await first.stop()
  expect((await cluster.status()).logLevel).toBe('debug')
  expect(cluster.line('log level changed')).toMatchObject({ role: 'primary', logLevel: 'debug' })

  // A reload keeps it, as long as the setting is what it was.
  await cluster.reload()
  expect((await cluster.status()).logLevel).toBe('debug')
  const second = saysSo(cluster, 'second')
  expect(slots.map(({ pid }) => pid)).not.toContain((await second.line()).pid)
  await second.stop()

  // A process is told of a level before it is told to drain, and a new one before anything else: both those of
  // the first of these reloads and those of the second drain in silence. Then a setting that has changed wins.
  await setLevel(cluster, 'warn')
  const drains = () => cluster.lines.filter(({ msg }) => msg === 'draining')
  const drainsBefore = drains().length
  await cluster.reload()
  await writeFile(envFile, 'LOG_LEVEL=debug\n')
  await cluster.reload()
  expect((await cluster.status()).logLevel).toBe('debug')

  expect(await cluster.stop()).toEqual({ code: 0, signal: null })
  await cluster.allRead()
  expect(drains()).toHaveLength(drainsBefore + 2)
  expect(cluster.lines.at(-1)).toMatchObject({ role: 'primary', msg: 'shut down' })
})

describe('the last lines of a program that ends are there', () => {
  test('of an HTTP process in a storm of errors', async () => {
    await using cluster = await startCluster(
      // The only one: it stays until there is another, and so for the whole storm.
      { OFFLOOP_PROCESSES: '1', OFFLOOP_THREADS: '1', MISBEHAVE: 'throw-often' },
      misbehaving,
    )
    const [pid = -1] = await cluster.pids()
    process.kill(pid, 'SIGUSR2')
    expect(await cluster.ended(pid)).toMatchObject({ code: 1, reason: 'crash' })
    const errors = cluster.lines.filter((line) => line.msg === 'uncaught error' && line.pid === pid)
    expect(errors).toHaveLength(10)
  })

  test('of one that cannot start, and of the primary that gives up then', async () => {
    const dir = new URL('../fixtures/broken/exits', import.meta.url).pathname
    await using cluster = new Cluster({
      OFFLOOP_TASKS_DIR: dir,
      OFFLOOP_PROCESSES: '1',
      OFFLOOP_THREADS: '1',
    })
    expect(await cluster.exited).toEqual({ code: 1, signal: null })
    await cluster.allRead()
    // A start takes long on a busy machine, which its sentinel may say.
    expect(cluster.lines.filter(({ role }) => role !== 'sentinel')).toMatchObject([
      { level: 'fatal', role: 'http', slot: 0, msg: 'cannot start', err: { type: 'Error' } },
      { level: 'error', role: 'primary', slot: 0, msg: 'HTTP process died' },
    ])
    expect(cluster.stderr).toContain('An HTTP process ended before it was ready (exit code 1)')
  })

  test('of a primary that is told twice to end', async () => {
    await using cluster = await startCluster({
      OFFLOOP_PROCESSES: '1',
      OFFLOOP_THREADS: '1',
      OFFLOOP_DRAIN_DELAY_MS: '60000',
    })
    cluster.child.kill('SIGTERM')
    await until('the drain', () => cluster.line('draining'))
    // Signals close together are one wish.
    const resend = setInterval(() => cluster.child.kill('SIGTERM'), 100)
    expect(await cluster.exited).toEqual({ code: 1, signal: null })
    clearInterval(resend)
    await cluster.allRead()
    expect(cluster.line('a second signal: ending at once')).toMatchObject({ level: 'warn', role: 'primary' })
  })
})

test('a cluster whose log nobody reads any more serves on, and ends when it should', async () => {
  await using cluster = await startCluster({ OFFLOOP_PROCESSES: '2', OFFLOOP_THREADS: '1' })
  cluster.child.stdout?.destroy()
  // The first lines find out, on event loops and on threads.
  for (let round = 0; round < 4; round += 1) {
    expect((await cluster.task('busy', { ms: 100 })).status).toBe(200)
  }
  expect(await cluster.stop()).toEqual({ code: 0, signal: null })
})
