import type { ClusterStatus, SlotStatus, ThreadStatus } from '../protocol/operators-api.ts'
import type { Emphasis, Paint } from './output.ts'
import { statusNotes } from './status-notes.ts'
import { type Column, formatTable } from './table.ts'
import { counted, formatBytes, formatCount, formatDuration, formatSeconds, formatShare } from './units.ts'

/** The page of `offloop status`: what the cluster is, a row a slot, and below it what needs attention. */
export function formatStatus(status: ClusterStatus, paint: Paint): string {
  const notes = statusNotes(status)
  return [
    ...headerLines(status, paint),
    '',
    ...slotTable(status.slots, paint),
    ...(notes.length > 0 ? ['', ...notes.map(({ emphasis, text }) => paint(emphasis, text))] : []),
  ].join('\n')
}

/** Each slot has a process that serves. */
export function isFullyReady({ readySlots, processes }: ClusterStatus): boolean {
  return readySlots === processes
}

function headerLines(status: ClusterStatus, paint: Paint): string[] {
  const { version, node, pid, uptimeSeconds, url } = status
  return [
    `${paint('bold', `Offloop ${version}`)}  pid ${pid}  up ${formatSeconds(uptimeSeconds)}  ${url}  Node.js ${node}`,
    [readiness(status, paint), activity(status, paint)].filter(Boolean).join('  '),
    totalsLine(status),
  ]
}

function readiness(status: ClusterStatus, paint: Paint): string {
  const { readySlots, processes } = status
  const emphasis = isFullyReady(status) ? 'green' : readySlots > 0 ? 'yellow' : 'red'
  return paint(emphasis, `ready ${readySlots} of ${processes}`)
}

/** What is being done to the cluster, if anything. */
function activity({ shuttingDown, operation }: ClusterStatus, paint: Paint): string {
  if (shuttingDown) return paint('yellow', 'shutting down')
  if (operation === 'start') return paint('yellow', 'starting')
  return operation === null ? '' : paint('yellow', `${operation} running`)
}

function totalsLine({ totals }: ClusterStatus): string {
  const { totalTasks, failedTasks, successRate, throughput, lastMinute, activeThreads, availableThreads } =
    totals
  return [
    `${counted(totalTasks, 'task run', 'task runs')}${failedTasks > 0 ? `, ${formatCount(failedTasks)} failed (${formatShare(successRate)} ok)` : ''}`,
    `${formatRate(throughput)}/s`,
    `last minute median ${formatDuration(lastMinute.median)}, p95 ${formatDuration(lastMinute.p95)}`,
    `threads ${activeThreads} busy, ${availableThreads} free`,
    `${formatCount(totals.queuedTasks)} queued`,
  ].join('; ')
}

function formatRate(perSecond: number): string {
  return perSecond < 10 ? String(Number(perSecond.toFixed(1))) : formatCount(Math.round(perSecond))
}

const COLUMNS: readonly Column[] = [
  { title: 'SLOT', align: 'right' },
  { title: 'PID', align: 'right' },
  { title: 'STATE' },
  { title: 'AGE', align: 'right' },
  { title: 'RESTARTS', align: 'right' },
  { title: 'LOOP MEAN/MAX', align: 'right' },
  { title: 'LOOP USE', align: 'right' },
  { title: 'RSS', align: 'right' },
  { title: 'QUEUE', align: 'right' },
  { title: 'THREADS' },
]

function slotTable(slots: readonly SlotStatus[], paint: Paint): string[] {
  const [titles = '', ...rows] = formatTable(
    COLUMNS,
    slots.map((slot) => slotRow(slot, paint)),
  )
  return [paint('dim', titles), ...rows]
}

function slotRow(slot: SlotStatus, paint: Paint): string[] {
  const { vitals } = slot
  return [
    String(slot.slot),
    slot.pid === null ? NONE : String(slot.pid),
    paint(STATE_EMPHASIS[slot.state], slot.state),
    slot.pid === null ? NONE : formatSeconds(slot.ageSeconds),
    String(slot.restarts),
    vitals ? `${vitals.loop.delayMeanMs.toFixed(1)}/${vitals.loop.delayMaxMs.toFixed(1)} ms` : NONE,
    vitals ? formatShare(vitals.loop.utilization) : NONE,
    vitals ? formatBytes(vitals.memory.rssBytes) : NONE,
    vitals ? String(vitals.queuedTasks) : NONE,
    vitals ? formatThreads(vitals.threads) : NONE,
  ]
}

const NONE = '-'

const STATE_EMPHASIS: Readonly<Record<SlotStatus['state'], Emphasis>> = {
  ready: 'green',
  starting: 'yellow',
  draining: 'yellow',
  exited: 'red',
}

/** `1/2 busy: process-image 1.2s` */
function formatThreads(threads: readonly ThreadStatus[]): string {
  const busy = threads.filter(({ state }) => state === 'busy')
  const starting = threads.filter(({ state }) => state === 'starting').length
  const tasks = busy.map(({ task, runningMs }) => `${task ?? 'a task'} ${formatDuration(runningMs ?? 0)}`)
  return [
    `${busy.length}/${threads.length} busy${tasks.length > 0 ? `: ${tasks.join(', ')}` : ''}`,
    ...(starting > 0 ? [`${starting} starting`] : []),
  ].join('; ')
}
