import { expect, test } from 'vitest'
import type { ReloadVerdict, ScaleVerdict } from '../../src/protocol/operators-api.ts'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { type Load, startLoad } from '../support/load.ts'
import { until } from '../support/until.ts'
import { loadFigures, record, spread } from './record.ts'

/*
 * Whatever is done to the cluster on purpose, no request is lost: not on a new connection, not on a kept
 * one, not while it computes.
 */
const PROCESSES = 2
const RELOADS = 20
const SCALINGS = [3, 1, 2, 4, 1, 3, 2, 4, 1, 2]
const RECYCLES = 5
const RECYCLE_AFTER_REQUESTS = 1500
const LEAST_REQUESTS = 50_000
const REQUESTS_BETWEEN = 300

const bounds = { pauseMs: 5, maxRequests: 500_000, maxSeconds: 550 }

test(`${RELOADS} reloads and ${SCALINGS.length} scalings in ${LEAST_REQUESTS} requests lose none`, async () => {
  await using cluster = await startCluster({ OFFLOOP_PROCESSES: String(PROCESSES) })
  const load = startLoad({ url: cluster.url, ...bounds })
  await load.more(REQUESTS_BETWEEN)
  const reloads = await reloadAgainAndAgain(cluster, load)
  const scalings = await scaleUpAndDown(cluster, load)
  // What is under way at this moment is sent and has not ended, so some more are waited for.
  await load.more(REQUESTS_BETWEEN + Math.max(0, LEAST_REQUESTS - load.sent))
  const result = await load.stop()
  const { exits } = await cluster.status()

  const readyMs = reloads.flatMap(({ slots }) => slots.map((slot) => slot.readyMs ?? Number.NaN))
  const figures = {
    reloads: reloads.length,
    scalings: scalings.length,
    ...loadFigures(result),
    'a reload, ms': spread(reloads.map(({ durationMs }) => durationMs)),
    'a new process ready, ms': spread(readyMs),
    'a scaling, ms': spread(scalings.map(({ durationMs }) => durationMs)),
  }
  await record('reload', figures, { exits, reloads, scalings, load: result })
  expect(result.failures).toEqual([])
  expect(result.requests).toBeGreaterThanOrEqual(LEAST_REQUESTS)
  // Nothing ended for another reason than that it was asked to.
  expect(exits).toEqual({ reload: RELOADS * PROCESSES, scale: removals() })
})

test(`${RECYCLES} recycles lose no request`, async () => {
  await using cluster = await startCluster({
    OFFLOOP_PROCESSES: String(PROCESSES),
    OFFLOOP_MAX_REQUESTS: String(RECYCLE_AFTER_REQUESTS),
  })
  const load = startLoad({ url: cluster.url, ...bounds })
  const recycled = async () => {
    const { exits } = await cluster.status()
    return (exits.age ?? 0) >= RECYCLES && exits
  }
  const exits = await until(`${RECYCLES} recycles`, recycled, 300_000)
  await load.more(REQUESTS_BETWEEN)
  const result = await load.stop()

  await record('recycle', { recycles: exits.age ?? 0, ...loadFigures(result) }, { exits, load: result })
  expect(result.failures).toEqual([])
  expect(Object.keys(exits)).toEqual(['age'])
})

async function reloadAgainAndAgain(cluster: Cluster, load: Load): Promise<ReloadVerdict[]> {
  const verdicts: ReloadVerdict[] = []
  for (let count = 0; count < RELOADS; count++) {
    const before = await cluster.pids()
    const verdict = await cluster.reload()
    expect(verdict).toMatchObject({ verdict: 'reloaded', reason: null })
    expect(verdict.slots.map(({ outcome, oldPid }) => [outcome, oldPid])).toEqual(
      before.map((pid) => ['replaced', pid]),
    )
    expect(verdict.slots.map(({ newPid }) => newPid)).toEqual(await cluster.pids())
    verdicts.push(verdict)
    await load.more(REQUESTS_BETWEEN)
  }
  return verdicts
}

async function scaleUpAndDown(cluster: Cluster, load: Load): Promise<ScaleVerdict[]> {
  const verdicts: ScaleVerdict[] = []
  for (const processes of SCALINGS) {
    const before = await cluster.pids()
    const verdict = await cluster.scale(processes)
    expect(verdict).toMatchObject({ verdict: 'scaled', processesBefore: before.length, processes })
    const after = await cluster.pids()
    expect(after).toHaveLength(processes)
    // Who stays is not touched.
    const staying = Math.min(before.length, processes)
    expect(after.slice(0, staying)).toEqual(before.slice(0, staying))
    verdicts.push(verdict)
    await load.more(REQUESTS_BETWEEN)
  }
  return verdicts
}

/** Processes that the scalings take away. */
function removals(): number {
  const steps = [PROCESSES, ...SCALINGS]
  return SCALINGS.reduce((total, to, index) => total + Math.max(0, (steps[index] ?? to) - to), 0)
}
