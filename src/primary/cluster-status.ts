import { packageVersion } from '../config/version.ts'
import type { ClusterStatus, StallSummary, TaskTotals } from '../protocol/operators-api.ts'
import type { Supervisor } from './supervisor.ts'

/** What operators may know of the cluster at this moment. */
export function clusterStatus(supervisor: Supervisor, url: string): ClusterStatus {
  return {
    version: packageVersion(),
    node: process.version,
    pid: process.pid,
    uptimeSeconds: Math.round(process.uptime()),
    url,
    shuttingDown: supervisor.stopping,
    processes: supervisor.slots.length,
    readySlots: supervisor.readySlots,
    operation: supervisor.operation,
    lastReload: supervisor.lastReload,
    settings: supervisor.changedSettings,
    logLevel: supervisor.logLevel.level,
    exits: supervisor.record.exits.counts,
    totals: taskTotals(supervisor),
    blockedLoops: supervisor.record.stalls.summary(stallsOf(supervisor)),
    quarantine: supervisor.inputs.status,
    slots: supervisor.slots.map(({ status }) => status),
  }
}

/** Of every process that has not ended, those that drain included. */
function stallsOf({ slots }: Supervisor): StallSummary[] {
  const processes = slots.flatMap((slot) => slot.processes())
  return processes.flatMap(({ vitals }) => vitals?.loop.stalls ?? [])
}

const WINDOW_SECONDS = 60

function taskTotals({ record: { totals }, slots }: Supervisor): TaskTotals {
  const sinceStart = totals.sinceStart()
  const lastMinute = totals.lastMinute(performance.now())
  const vitals = slots.map(({ serving }) => serving?.vitals ?? null).filter((each) => each !== null)
  const threads = vitals.flatMap((each) => each.threads)
  const completedTasks = sinceStart.count - sinceStart.failed
  const seconds = Math.min(WINDOW_SECONDS, Math.max(1, process.uptime()))
  return {
    totalTasks: sinceStart.count,
    completedTasks,
    failedTasks: sinceStart.failed,
    averageTaskTime: sinceStart.mean,
    activeThreads: threads.filter(({ state }) => state === 'busy').length,
    availableThreads: threads.filter(({ state }) => state === 'idle').length,
    queuedTasks: vitals.reduce((sum, each) => sum + each.queuedTasks, 0),
    successRate: sinceStart.count === 0 ? 1 : completedTasks / sinceStart.count,
    throughput: Math.round((lastMinute.count / seconds) * 100) / 100,
    lastMinute,
    sinceStart,
  }
}
