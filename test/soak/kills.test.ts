import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { type Load, startLoad } from '../support/load.ts'
import { type Failure, type LoadResult, median } from '../support/load-result.ts'
import { until } from '../support/until.ts'
import { type Figures, loadFigures, record, spread } from './record.ts'

/*
 * A process that dies takes with it what it had in flight, and nothing else; its slot is filled again
 * within a second.
 */
const MINUTE_MS = 60_000
const PAUSE_MS = 3000
const READY_WITHIN_MS = 1000

/** A failure belongs to a kill when it ends within this time after it. */
const MOMENT_MS = 1000

test.each([
  { name: 'kills', load: 'with a third of the load that the machine takes', pauseMs: 40 },
  { name: 'kills-full-load', load: 'with all of it', pauseMs: 0 },
])('kill -9 for a minute, $load, fails what was in flight there only', async ({ name, pauseMs }) => {
  await using cluster = await startCluster({ OFFLOOP_PROCESSES: '2' })
  const load = startLoad({ url: cluster.url, pauseMs, maxRequests: 500_000, maxSeconds: 300 })
  await load.more(500)
  const kills = await killForAWhile(cluster, load)
  await load.more(500)
  const result = await load.stop()
  const { exits } = await cluster.status()
  const losses = kills.map((kill) => lossesOf(kill, result.failures))

  await record(name, figuresOf(kills, losses, result), { exits, kills, losses, load: result })
  expect(result.failures.filter((failure) => !kills.some((kill) => belongs(failure, kill)))).toEqual([])
  for (const [index, { mayFail }] of kills.entries()) {
    expect(losses[index]?.failed, `failures of kill ${index}`).toBeLessThanOrEqual(mayFail)
  }
  expect(exits).toEqual({ crash: kills.length })
  expect(median(kills.map(({ readyMs }) => readyMs))).toBeLessThan(READY_WITHIN_MS)
})

interface Kill {
  readonly slot: number
  readonly pid: number
  readonly at: number
  /** Requests without an answer at that moment, in both processes. */
  readonly outstanding: number
  /**
   * Those, and one for each idle kept connection, whose next request can still find the dying process,
   * and one for a connection that is just being handed to it.
   */
  readonly mayFail: number
  /** From the kill until the slot was ready again. */
  readonly readyMs: number
}

async function killForAWhile(cluster: Cluster, load: Load): Promise<Kill[]> {
  const kills: Kill[] = []
  const end = performance.now() + MINUTE_MS
  while (performance.now() < end) {
    // Waits until all are ready: this is about one death at a time.
    const pids = await cluster.pids()
    const slot = Math.floor(Math.random() * pids.length)
    kills.push(await killOne(cluster, load, slot, pids[slot] ?? -1))
    await sleep(PAUSE_MS)
  }
  return kills
}

async function killOne(cluster: Cluster, load: Load, slot: number, pid: number): Promise<Kill> {
  // A pid that is not the cluster's own would be somebody else's, and -1 everybody's.
  if (pid <= 1) throw new Error(`Cannot kill pid ${pid} of slot ${slot}`)
  const { outstanding } = load
  const mayFail = outstanding + load.idleConnections + 1
  const at = performance.now()
  process.kill(pid, 'SIGKILL')
  await until(`slot ${slot} to be ready again`, async () => {
    const status = (await cluster.slots())[slot]
    return status?.state === 'ready' && status.pid !== pid
  })
  return { slot, pid, at, outstanding, mayFail, readyMs: performance.now() - at }
}

interface Losses {
  readonly failed: number
  /** Those among them that were sent after the kill, while the process was going down. */
  readonly begunAfter: number
  /** From the kill until the last of them failed. */
  readonly lastAfterMs: number
}

function lossesOf(kill: Kill, failures: readonly Failure[]): Losses {
  const own = failures.filter((failure) => belongs(failure, kill))
  return {
    failed: own.length,
    begunAfter: own.filter(({ sentAt }) => sentAt > kill.at).length,
    lastAfterMs: Math.max(0, ...own.map(({ endedAt }) => endedAt - kill.at)),
  }
}

function belongs({ endedAt }: Failure, { at }: Kill): boolean {
  return endedAt >= at && endedAt <= at + MOMENT_MS
}

function figuresOf(kills: readonly Kill[], losses: readonly Losses[], result: LoadResult): Figures {
  const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)
  return {
    kills: kills.length,
    ...loadFigures(result),
    'outstanding at the kills, both processes': total(kills.map(({ outstanding }) => outstanding)),
    'failed for each kill': spread(losses.map(({ failed }) => failed)),
    'failed, sent after the kill': total(losses.map(({ begunAfter }) => begunAfter)),
    'last failure after its kill, ms': Math.round(Math.max(...losses.map(({ lastAfterMs }) => lastAfterMs))),
    'ready again after a kill, ms': spread(kills.map(({ readyMs }) => readyMs)),
  }
}
