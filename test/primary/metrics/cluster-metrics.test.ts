import { expect, test } from 'vitest'
import { countedMetrics } from '../../../src/observability/metrics/metric-table.ts'
import { seriesName } from '../../../src/observability/metrics/series-name.ts'
import { clusterMetrics } from '../../../src/primary/metrics/cluster-metrics.ts'
import { TEXT } from '../../../src/primary/metrics/content-type.ts'
import { Exemplars } from '../../../src/primary/metrics/exemplars.ts'
import { print } from '../../../src/primary/metrics/exposition.ts'
import { MetricTotals } from '../../../src/primary/metrics/metric-totals.ts'
import { PrimaryCounters } from '../../../src/primary/metrics/primary-counters.ts'
import type { ClusterStatus } from '../../../src/protocol/operators-api.ts'
import { clusterStatus, slotStatus, vitals } from '../../support/fake-ops-server.ts'

async function printed(status: ClusterStatus, totals = new MetricTotals()): Promise<string[]> {
  const sources = { status, totals, exemplars: new Exemplars(), counters: new PrimaryCounters() }
  const text = await print(clusterMetrics(sources), TEXT)
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

const [talks, silent, starts] = [
  slotStatus({ slot: 0, vitals: vitals({ queuedTasks: 7, openFds: null, silentMs: 2900 }) }),
  slotStatus({ slot: 1, vitals: vitals({ silentMs: 3100 }) }),
  slotStatus({ slot: 2, vitals: null, state: 'starting' }),
]

test('a process that talks has gauges; one that is silent, or has not begun to talk, is known by that', async () => {
  const lines = await printed(clusterStatus({ slots: [talks, silent, starts], processes: 3 }))
  expect(lines).toContain('offloop_task_queue_depth{slot="0"} 7')
  expect(lines.filter((line) => line.startsWith('offloop_task_queue_depth'))).toHaveLength(1)
  expect(lines.filter((line) => line.startsWith('offloop_process_reporting'))).toEqual([
    'offloop_process_reporting{slot="0"} 1',
    'offloop_process_reporting{slot="1"} 0',
    'offloop_process_reporting{slot="2"} 0',
  ])
  expect(lines.filter((line) => line.startsWith('offloop_process_silent_seconds'))).toEqual([
    'offloop_process_silent_seconds{slot="0"} 2.9',
    'offloop_process_silent_seconds{slot="1"} 3.1',
  ])
  expect(lines).toContain('offloop_slots{state="starting"} 1')
  expect(lines).toContain('offloop_slots_wanted 3')
})

test('what is not known is left out', async () => {
  const lines = await printed(clusterStatus({ slots: [talks] }))
  expect(lines.filter((line) => line.startsWith('offloop_process_open_fds'))).toEqual([])
})

test('series are printed in an order of their own, whichever process counted first', async () => {
  const totals = new MetricTotals()
  const retries = (task: string) => ({
    name: seriesName(countedMetrics.taskRetries, [task]),
    cells: Float64Array.of(1),
  })
  totals.open(0, { read: () => [retries('thumb'), retries('hash')], clear: () => {} })
  const lines = await printed(clusterStatus(), totals)
  expect(lines.filter((line) => line.startsWith('offloop_task_retries_total'))).toEqual([
    'offloop_task_retries_total{task="hash"} 1',
    'offloop_task_retries_total{task="thumb"} 1',
  ])
})
