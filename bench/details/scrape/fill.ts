import { countedMetrics } from '../../../src/observability/metrics/metric-table.ts'
import type { Counter, Histogram } from '../../../src/observability/metrics/metric-types.ts'
import { threadRestartReasons } from '../../../src/protocol/operators-api.ts'

/** As many series as a cluster of some size has. */
export const SIZE = { processes: 16, threads: 2, tasks: 20, routes: 10 } as const

const numbered = (word: string, count: number) => Array.from({ length: count }, (_, at) => `${word}-${at}`)

/** What stands in a label, by its name; that of its slot a process has for itself alone. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  task: numbered('task', SIZE.tasks),
  outcome: ['ok', 'error', 'timeout', 'cancelled', 'refused', 'crashed', 'out-of-memory'],
  code: ['QUEUE_FULL', 'WOULD_MISS_DEADLINE', 'QUEUE_TIMEOUT', 'INPUT_QUARANTINED'],
  method: ['POST'],
  route: numbered('/api/route', SIZE.routes),
  status: ['200', '422', '499', '500', '503', '504'],
  stage: ['queued', 'stopped', 'finished', 'terminated'],
  thread: numbered('', SIZE.threads).map((_, at) => String(at)),
  kind: ['minor', 'major', 'incremental', 'weak-callback'],
}

const REASONS = new Map<Counter | Histogram, readonly string[]>([
  [countedMetrics.threadRestarts, threadRestartReasons],
  [countedMetrics.taskCancellations, ['caller-gone', 'time-limit']],
])

export interface SeriesToFill {
  readonly metric: Counter | Histogram
  readonly labels: readonly string[]
}

/** Every series that the process of a slot may have. */
export function seriesOf(slot: string): SeriesToFill[] {
  return Object.values<Counter | Histogram>(countedMetrics).flatMap((metric) =>
    combinations(metric.labels.map((label) => valuesOf(metric, label, slot))).map((labels) => ({
      metric,
      labels,
    })),
  )
}

/** Values that fall into all buckets of a histogram. */
export function valuesIn({ buckets }: Histogram): number[] {
  return [...buckets, (buckets.at(-1) ?? 0) * 2]
}

function valuesOf(metric: Counter | Histogram, label: string, slot: string): readonly string[] {
  if (label === 'slot') return [slot]
  if (label === 'reason') return REASONS.get(metric) ?? []
  // Of shared runs.
  if (metric === countedMetrics.taskShared) return ['given', 'taken', 'refused', 'failed']
  return VALUES[label] ?? []
}

function combinations(lists: readonly (readonly string[])[]): string[][] {
  return lists.reduce<string[][]>(
    (before, list) => before.flatMap((labels) => list.map((value) => [...labels, value])),
    [[]],
  )
}
