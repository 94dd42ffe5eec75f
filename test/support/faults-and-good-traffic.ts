import { expect } from 'vitest'
import type { ClusterStatus } from '../../src/protocol/operators-api.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { startLoad } from './load.ts'
import { countKinds, type LoadResult } from './load-result.ts'
import { AT_ONCE, causeFaults, type FaultOptions, type FaultReport } from './random-faults.ts'
import { until } from './until.ts'

export interface FaultRun {
  readonly faults: FaultReport
  readonly load: LoadResult
  readonly rssBytes: { readonly before: number; readonly after: number }
}

/** Memory that threads which came and went may leave behind, in pieces that the allocator keeps. */
const LEFT_BEHIND_BYTES = 200 * 2 ** 20

/** Clients that send good requests. */
const GOOD_CLIENTS = 4

/**
 * Mixes faults into good traffic on processes with two threads each: every good request has its right answer,
 * every fault's caller is told the truth, and processes, threads and memory end as they began.
 *
 * With faults that abort a process there are two of those, and what was in flight on the one that dies goes down with
 * it: nothing else does.
 */
export async function runFaultsInGoodTraffic(options: FaultOptions): Promise<FaultRun> {
  const aborts = options.abortEach !== undefined
  await using cluster = await startCluster({
    OFFLOOP_PROCESSES: aborts ? '2' : '1',
    OFFLOOP_THREADS: '2',
    OFFLOOP_THREAD_MAX_HEAP_BYTES: String(64 * 2 ** 20),
    OFFLOOP_QUEUE_MAX: '1000',
    // Good requests may wait: this is about right answers, not about fast ones.
    OFFLOOP_QUEUE_TIMEOUT_MS: '60000',
  })
  const pids = await cluster.pids()
  const load = startLoad({
    url: cluster.url,
    clients: GOOD_CLIENTS,
    pauseMs: 20,
    maxRequests: 1_000_000,
    maxSeconds: 500,
  })
  await load.more(100)
  const before = await rssBytes(cluster)
  const faults = await causeFaults(cluster, options)
  const { exits } = await cluster.status()
  const pidsAfter = await cluster.pids()
  await load.more(100)
  const result = await load.stop()

  const died = cluster.lines.filter(({ level, msg }) => level === 'fatal' || msg === 'HTTP process died')
  const words = died.length > 0 ? cluster.stderr : ''
  expect({ wrong: faults.wrong, died: aborts ? [] : died }, words).toEqual({ wrong: [], died: [] })
  if (aborts) assertOnlyTheirsWentDown(result, faults, exits)
  else expect([countKinds(result.failures), pidsAfter, exits]).toEqual([{}, pids, {}])
  await assertIdle(cluster)
  const after = await rssBytes(cluster)
  expect(after).toBeLessThan(before + LEFT_BEHIND_BYTES * pids.length)
  return { faults, load: result, rssBytes: { before, after } }
}

/** Each death may cost every client the request that it has in flight, and no more. */
function assertOnlyTheirsWentDown(
  { failures }: LoadResult,
  { caused, wentDown }: FaultReport,
  exits: ClusterStatus['exits'],
): void {
  const deaths = exits['out-of-memory'] ?? 0
  expect(exits).toEqual({ 'out-of-memory': deaths })
  expect(deaths).toBe(caused['aborts its process'])
  expect(failures.map(({ kind }) => kind).filter((kind) => !WENT_DOWN.includes(kind))).toEqual([])
  expect(failures.length).toBeLessThanOrEqual(deaths * GOOD_CLIENTS)
  expect(wentDown).toBeLessThanOrEqual(deaths * AT_ONCE)
}

/** What a client sees of a process that dies: a connection that breaks, or the word of another process that had passed the run on. */
export const WENT_DOWN = ['ECONNRESET', 'EPIPE', 'incomplete answer', 'status 500']

async function assertIdle(cluster: Cluster): Promise<void> {
  await until('idle threads and empty queues', async () =>
    (await cluster.slots()).every(({ vitals }) => {
      if (vitals === null) return false
      const { threads, queuedTasks, runningTasks, requests } = vitals
      const idle = threads.length === 2 && threads.every(({ state }) => state === 'idle')
      return idle && queuedTasks === 0 && runningTasks === 0 && requests.inFlight === 0
    }),
  )
}

/** Of all processes. */
function rssBytes(cluster: Cluster): Promise<number> {
  return until('heartbeats', async () => {
    const sizes = (await cluster.slots()).map(({ vitals }) => vitals?.memory.rssBytes ?? 0)
    return sizes.every((size) => size > 0) && sizes.reduce((sum, size) => sum + size)
  })
}
