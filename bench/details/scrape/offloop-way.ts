import { setImmediate as turn } from 'node:timers/promises'
import { countedMetrics } from '../../../src/observability/metrics/metric-table.ts'
import type { Histogram } from '../../../src/observability/metrics/metric-types.ts'
import { Meters } from '../../../src/observability/metrics/meters.ts'
import { clusterMetrics } from '../../../src/primary/metrics/cluster-metrics.ts'
import type { ContentType } from '../../../src/primary/metrics/content-type.ts'
import { Exemplars } from '../../../src/primary/metrics/exemplars.ts'
import { print } from '../../../src/primary/metrics/exposition.ts'
import { MetricTotals } from '../../../src/primary/metrics/metric-totals.ts'
import { PrimaryCounters } from '../../../src/primary/metrics/primary-counters.ts'
import { openBoard } from '../../../src/primary/open-board.ts'
import { MetricArea } from '../../../src/protocol/metric-area.ts'
import type { ClusterStatus } from '../../../src/protocol/operators-api.ts'
import { SIZE, seriesOf, valuesIn } from './fill.ts'

/** A scrape as the primary answers it, of a board that as many processes have filled, each the second one of its slot. */
export async function offloopWay(): Promise<(contentType: ContentType) => Promise<string>> {
  const { fd } = openBoard()
  const totals = new MetricTotals()
  const exemplars = new Exemplars()
  const counters = new PrimaryCounters()
  for (let seat = 0; seat < SIZE.processes; seat++) {
    counters.addSlot(seat)
    for (const generation of ['ended', 'lives'] as const) {
      totals.open(seat, new MetricArea(fd, seat))
      await fill(new Meters(new MetricArea(fd, seat)), String(seat), exemplars)
      if (generation === 'ended') totals.close(seat)
    }
  }
  return (contentType) => print(clusterMetrics({ status: STATUS, totals, exemplars, counters }), contentType)
}

async function fill(meters: Meters, slot: string, exemplars: Exemplars): Promise<void> {
  for (const { metric, labels } of seriesOf(slot)) {
    if (metric.type === 'counter') {
      meters.count(metric, labels, 1.5)
      continue
    }
    for (const value of valuesIn(metric)) meters.observe(metric, labels, value, traceOf(metric))
  }
  exemplars.add(meters.takeExemplars())
  // Numbers are written when the callback is over.
  await turn()
}

/** In those that have exemplars every bucket has one. */
function traceOf(metric: Histogram): string | undefined {
  const { httpRequestDuration, taskRun } = countedMetrics
  const hasExemplars = [httpRequestDuration, taskRun].some(({ name }) => name === metric.name)
  return hasExemplars ? '0af7651916cd43dd8448eb211c80319c' : undefined
}

const VITALS = {
  silentMs: 100,
  loop: { utilization: 0.1 },
  memory: { rssBytes: 2e8, heapUsedBytes: 2e7 },
  openFds: 100,
  connections: 10,
  requests: { total: 100, inFlight: 2 },
  queuedTasks: 3,
  heldBytes: 1e6,
  threads: Array.from({ length: SIZE.threads }, (_, thread) => ({
    thread,
    state: 'busy',
    utilization: 0.9,
    heapUsedBytes: 1e7,
  })),
}

/** Of what the cluster's status has, metrics take this. */
const STATUS = {
  version: '1.0.0',
  node: process.version,
  processes: SIZE.processes,
  lastReload: null,
  quarantine: [],
  slots: Array.from({ length: SIZE.processes }, (_, slot) => ({
    slot,
    pid: 1,
    state: 'ready',
    ageSeconds: 10,
    crashLoop: false,
    vitals: VITALS,
  })),
} as unknown as ClusterStatus
