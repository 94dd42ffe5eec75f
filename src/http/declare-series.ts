import { countedMetrics as metrics } from '../observability/metrics/metric-table.ts'
import type { Meters } from '../observability/metrics/meters.ts'
import { threadRestartReasons } from '../protocol/operators-api.ts'
import type { CatalogueEntry } from '../protocol/thread-messages.ts'
import { cancelReasons, cancelStages } from '../scheduler/cancellations.ts'
import { refusalCodes } from './middleware/task-outcome.ts'

/** Shows what can be known beforehand from the start, so that the first refusal after a start is seen in a rate. */
export function declareSeries(meters: Meters, slot: string, catalogue: readonly CatalogueEntry[]): void {
  for (const { name } of catalogue) {
    meters.declare(metrics.taskQueueWait, [name, 'ok'])
    meters.declare(metrics.taskRun, [name, 'ok'])
    meters.declare(metrics.taskRetries, [name])
    for (const code of refusalCodes) meters.declare(metrics.taskRefusals, [name, code])
  }
  for (const reason of cancelReasons) {
    for (const stage of cancelStages) meters.declare(metrics.taskCancellations, [reason, stage])
  }
  for (const reason of threadRestartReasons) meters.declare(metrics.threadRestarts, [slot, reason])
  for (const outcome of ['given', 'taken', 'refused', 'failed'] as const) {
    meters.declare(metrics.taskShared, [outcome])
  }
  for (const code of ['CONNECTIONS_FULL', 'TOO_MANY_CONNECTIONS'] as const) {
    meters.declare(metrics.httpRefused, [code])
  }
  meters.declare(metrics.loopStalls, [slot])
  meters.declare(metrics.loopStalled, [slot])
}
