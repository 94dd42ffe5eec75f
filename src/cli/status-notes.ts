import type { ClusterStatus, ExitReason, LastExit, SlotStatus } from '../protocol/operators-api.ts'
import type { Emphasis } from './output.ts'
import { counted, formatDuration, formatSeconds } from './units.ts'

export interface Note {
  readonly emphasis: Emphasis
  readonly text: string
}

/** What the table of slots has no room for, and a person should know: crash loops, deaths, stalls, refused inputs, a failed reload. */
export function statusNotes(status: ClusterStatus, now = Date.now()): Note[] {
  const slots = status.slots.flatMap((slot) =>
    slotNotes(slot, now).map(({ emphasis, text }) => ({ emphasis, text: `slot ${slot.slot}: ${text}` })),
  )
  return [
    ...slots,
    ...stallNotes(status),
    ...quarantineNotes(status, now),
    ...reloadNotes(status, now),
    ...exitNotes(status),
  ]
}

/** One heartbeat a second: three that are missing are no accident. */
const SILENT_MS = 3000

/** Ends that somebody asked for. The others are told slot by slot. */
const ASKED_FOR: readonly ExitReason[] = ['reload', 'scale', 'shutdown', 'age']

function slotNotes(slot: SlotStatus, now: number): Note[] {
  const { crashLoop, lastExit, replacementPid, drainingPids, vitals } = slot
  const notes: Note[] = []
  if (crashLoop) notes.push({ emphasis: 'red', text: 'crash loop: its processes die before they serve' })
  if (lastExit && !ASKED_FOR.includes(lastExit.reason)) {
    notes.push({ emphasis: 'yellow', text: describeExit(lastExit, now) })
  }
  if (vitals && vitals.silentMs > SILENT_MS) {
    notes.push({ emphasis: 'red', text: `nothing heard from it for ${formatDuration(vitals.silentMs)}` })
  }
  if (vitals && vitals.loop.stalls.count > 0) {
    notes.push({ emphasis: 'yellow', text: describeStalls(vitals.loop.stalls, now) })
  }
  if (replacementPid !== null) {
    notes.push({ emphasis: 'dim', text: `pid ${replacementPid} is starting to take its place` })
  }
  if (drainingPids.length > 0) {
    notes.push({
      emphasis: 'dim',
      text: `pid ${drainingPids.join(', ')} replaced, finishing what is in flight`,
    })
  }
  return notes
}

function describeExit({ reason, at, pid, code, signal, livedSeconds }: LastExit, now: number): string {
  const how = signal ?? (code === null ? undefined : `exit code ${code}`)
  return `last exit ${reason}, ${ago(at, now)}: pid ${pid}${how ? `, ${how}` : ''}, lived ${formatSeconds(livedSeconds)}`
}

type Stalls = NonNullable<SlotStatus['vitals']>['loop']['stalls']

function describeStalls({ count, longestMs, last }: Stalls, now: number): string {
  const newest = last ? `; ${ago(last.at, now)} ${formatDuration(last.ms)} at ${last.where}` : ''
  return `event loop stalled ${counted(count, 'time', 'times')}, longest ${formatDuration(longestMs)}${newest}`
}

/** Of the whole cluster, and of processes that are gone: where its event loops stood the longest. */
function stallNotes({ blockedLoops }: ClusterStatus): Note[] {
  // A primary of the version before does not say.
  const [worst] = blockedLoops?.places ?? []
  if (worst === undefined) return []
  const { count, totalMs } = blockedLoops
  const all = `event loops stalled ${counted(count, 'time', 'times')} in all, for ${formatDuration(totalMs)}`
  const text = `${all}; most at ${worst.where}: ${counted(worst.count, 'time', 'times')}, ${formatDuration(worst.totalMs)}, longest ${formatDuration(worst.longestMs)}`
  return [{ emphasis: 'yellow', text }]
}

/** Suspects are not for this page: most of them are innocent. */
function quarantineNotes({ quarantine }: ClusterStatus, now: number): Note[] {
  const refused = quarantine.filter(({ until }) => until !== null)
  if (refused.length === 0) return []
  const tasks = [...new Set(refused.map(({ task }) => task))].join(', ')
  const refusals = refused.reduce((sum, each) => sum + each.refusals, 0)
  const last = Math.max(...refused.map(({ until }) => Date.parse(until ?? '')))
  const text = `${counted(refused.length, 'input', 'inputs')} in quarantine (${tasks}), refused ${counted(refusals, 'time', 'times')}; the last one for another ${formatDuration(Math.max(0, last - now))}`
  return [{ emphasis: 'yellow', text }]
}

function reloadNotes({ lastReload }: ClusterStatus, now: number): Note[] {
  if (lastReload?.verdict !== 'failed') return []
  const reason = lastReload.reason ?? 'no reason is known'
  return [{ emphasis: 'yellow', text: `last reload failed, ${ago(lastReload.endedAt, now)}: ${reason}` }]
}

function exitNotes({ exits }: ClusterStatus): Note[] {
  const reasons = Object.entries(exits).filter(([, count]) => count > 0)
  if (reasons.length === 0) return []
  const list = reasons.map(([reason, count]) => `${reason} ${count}`).join(', ')
  return [{ emphasis: 'dim', text: `processes ended since the start: ${list}` }]
}

/** Clocks of two machines may differ: what lies ahead is now. */
function ago(at: string, now: number): string {
  const ms = now - Date.parse(at)
  return ms < 1000 ? 'just now' : `${formatDuration(ms)} ago`
}
