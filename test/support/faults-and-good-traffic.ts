import { expect } from 'vitest'
import { startCluster } from './cluster.ts'
import { startLoad } from './load.ts'
import { countKinds, type LoadResult } from './load-result.ts'
import { causeFaults, type FaultReport } from './random-faults.ts'
import { until } from './until.ts'

export interface FaultRun {
  readonly faults: FaultReport
  readonly load: LoadResult
  readonly rssBytes: { readonly before: number; readonly after: number }
}

/** Memory that threads which came and went may leave behind, in pieces that the allocator keeps. */
const LEFT_BEHIND_BYTES = 200 * 2 ** 20

/**
 * Mixes faults into good traffic on one process with two threads: every good request has its right
 * answer, every fault's caller is told the truth, and process, threads and memory end as they began.
 */
export async function runFaultsInGoodTraffic(count: number, seed: number): Promise<FaultRun> {
  await using cluster = await startCluster({
    OFFLOOP_PROCESSES: '1',
    OFFLOOP_THREADS: '2',
    OFFLOOP_THREAD_MAX_HEAP_BYTES: String(64 * 2 ** 20),
    OFFLOOP_QUEUE_MAX: '1000',
    // Good requests may wait: this is about right answers, not about fast ones.
    OFFLOOP_QUEUE_TIMEOUT_MS: '60000',
  })
  const pids = await cluster.pids()
  const load = startLoad({
    url: cluster.url,
    clients: 4,
    pauseMs: 20,
    maxRequests: 1_000_000,
    maxSeconds: 500,
  })
  await load.more(100)
  const before = await rssBytes()
  const faults = await causeFaults(cluster, count, seed)
  await load.more(100)
  const result = await load.stop()

  expect(faults.wrong).toEqual([])
  expect(countKinds(result.failures)).toEqual({})
  expect(await cluster.pids()).toEqual(pids)
  await until('idle threads and an empty queue', async () => {
    const [slot] = await cluster.slots()
    const { threads = [], queuedTasks, runningTasks, requests } = slot?.vitals ?? {}
    const idle = threads.length === 2 && threads.every(({ state }) => state === 'idle')
    return idle && queuedTasks === 0 && runningTasks === 0 && requests?.inFlight === 0
  })
  const after = await rssBytes()
  expect(after).toBeLessThan(before + LEFT_BEHIND_BYTES)
  return { faults, load: result, rssBytes: { before, after } }

  async function rssBytes(): Promise<number> {
    return until('a heartbeat', async () => (await cluster.slots())[0]?.vitals?.memory.rssBytes)
  }
}
