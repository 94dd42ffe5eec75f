import { countedMetrics, primaryMetrics, reportedMetrics } from '../../observability/metrics/metric-table.ts'
import type { Counter, Histogram } from '../../observability/metrics/metric-types.ts'
import type { ClusterStatus, HttpProcessState, ProcessVitals } from '../../protocol/operators-api.ts'
import type { Exemplars } from './exemplars.ts'
import { distributions, type Family, plain } from './exposition.ts'
import { maxFds } from './max-fds.ts'
import type { CountedSeries, MetricTotals } from './metric-totals.ts'
import type { PrimaryCounters } from './primary-counters.ts'

/** A process that has said nothing for longer has no gauges: two of its words, which come each second, are missing. */
const SILENT_MS = 3000

export interface MetricSources {
  readonly status: ClusterStatus
  readonly totals: Pick<MetricTotals, 'read'>
  readonly exemplars: Pick<Exemplars, 'of'>
  readonly counters: Pick<PrimaryCounters, 'exits' | 'reloads'>
}

/**
 * Everything that `/metrics` tells, from what the primary has at hand: nobody is asked, so nobody can keep it
 * waiting.
 */
export function clusterMetrics(sources: MetricSources): Family[] {
  return [...ofPrimary(sources), ...reported(sources.status), ...counted(sources)]
}

function counted({ totals, exemplars }: MetricSources): Family[] {
  const series = totals.read()
  return Object.values<Counter | Histogram>(countedMetrics).map((metric) => {
    const own = (series.get(metric) ?? []).toSorted(byLabels)
    if (metric.type === 'counter')
      return plain(
        metric,
        own.map(({ labelValues, cells }) => [labelValues, cells[0] ?? 0]),
      )
    const exemplarOf = (name: string) => (bucket: number) => exemplars.of(name, bucket)
    return distributions(
      metric,
      own.map(({ name, labelValues, cells }) => ({
        labels: labelValues,
        cells,
        exemplarOf: exemplarOf(name),
      })),
    )
  })
}

/** In an order that does not depend on which process was first. */
function byLabels(a: CountedSeries, b: CountedSeries): number {
  return a.name < b.name ? -1 : 1
}

function reported(status: ClusterStatus): Family[] {
  const slots = status.slots.flatMap(({ slot, vitals }) =>
    vitals !== null && vitals.silentMs < SILENT_MS ? [{ slot: String(slot), vitals }] : [],
  )
  const ofSlot = (value: (vitals: ProcessVitals) => number | null) =>
    slots.map(({ slot, vitals }) => [[slot], value(vitals)] as const)
  const ofThread = (value: (thread: ProcessVitals['threads'][number]) => number | null) =>
    slots.flatMap(({ slot, vitals }) =>
      vitals.threads.map((thread) => [[slot, String(thread.thread)], value(thread)] as const),
    )
  const inState = ({ threads }: ProcessVitals, wanted: string) =>
    threads.filter(({ state }) => state === wanted).length
  const m = reportedMetrics
  return [
    plain(
      m.processResidentMemory,
      ofSlot(({ memory }) => memory.rssBytes),
    ),
    plain(
      m.processHeapUsed,
      ofSlot(({ memory }) => memory.heapUsedBytes),
    ),
    plain(
      m.processOpenFds,
      ofSlot(({ openFds }) => openFds),
    ),
    plain(
      m.loopUtilization,
      ofSlot(({ loop }) => loop.utilization),
    ),
    plain(
      m.httpInFlight,
      ofSlot(({ requests }) => requests.inFlight),
    ),
    plain(
      m.httpConnections,
      ofSlot(({ connections }) => connections),
    ),
    plain(
      m.queueDepth,
      ofSlot(({ queuedTasks }) => queuedTasks),
    ),
    plain(
      m.queueBytes,
      ofSlot(({ heldBytes }) => heldBytes),
    ),
    plain(
      m.threads,
      slots.flatMap(({ slot, vitals }) =>
        ['starting', 'idle', 'busy'].map((state) => [[slot, state], inState(vitals, state)] as const),
      ),
    ),
    plain(
      m.threadUtilization,
      ofThread(({ utilization }) => utilization),
    ),
    plain(
      m.threadHeapUsed,
      ofThread(({ heapUsedBytes }) => heapUsedBytes),
    ),
  ]
}

const STATES: readonly HttpProcessState[] = ['starting', 'ready', 'draining', 'exited']

function ofPrimary({ status, counters }: MetricSources): Family[] {
  const { slots, quarantine } = status
  const refused = quarantine.filter(({ until }) => until !== null).length
  const m = primaryMetrics
  return [
    plain(m.buildInfo, [[[status.version, status.node], 1]]),
    plain(m.slotsWanted, [[[], status.processes]]),
    plain(
      m.slots,
      STATES.map((state) => [[state], slots.filter((each) => each.state === state).length]),
    ),
    plain(
      m.processReporting,
      slots.map(({ slot, vitals }) => [
        [String(slot)],
        vitals !== null && vitals.silentMs < SILENT_MS ? 1 : 0,
      ]),
    ),
    plain(
      m.processSilent,
      slots.map(({ slot, vitals }) => [[String(slot)], vitals === null ? null : vitals.silentMs / 1000]),
    ),
    plain(
      m.processAge,
      slots.map(({ slot, pid, ageSeconds }) => [[String(slot)], pid === null ? null : ageSeconds]),
    ),
    plain(
      m.processCrashLoop,
      slots.map(({ slot, crashLoop }) => [[String(slot)], crashLoop ? 1 : 0]),
    ),
    plain(m.processExits, counters.exits),
    plain(m.reloads, counters.reloads),
    plain(m.quarantinedInputs, [
      [['refused'], refused],
      [['suspected'], quarantine.length - refused],
    ]),
    plain(m.lastReloadFailed, [[[], status.lastReload?.verdict === 'failed' ? 1 : 0]]),
    plain(m.processMaxFds, [[[], maxFds()]]),
    // Always the same number: how often it changes tells how often the primary was started.
    plain(m.primaryStartTime, [[[], performance.timeOrigin / 1000]]),
    plain(m.primaryCpu, [[[], cpuSeconds()]]),
    plain(m.primaryResidentMemory, [[[], process.memoryUsage.rss()]]),
    plain(m.primaryLoopActive, [[[], performance.eventLoopUtilization().active / 1000]]),
  ]
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
