import { findPackageJSON } from 'node:module'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import type { StallSummary } from '../protocol/operators-api.ts'
import { SharedLogLevel } from './log-level.ts'
import { createLogger } from './logger.ts'
import { monotonicMs, StallBeats } from './stall-beats.ts'
import { judgeLook, type StallLimits, startWatching, type Verdict, type WatchState } from './stall-policy.ts'
import { StallReport } from './stall-report.ts'

/** What the main thread gives its sentinel. */
export interface SentinelData {
  readonly limits: StallLimits
  readonly beats: SharedArrayBuffer
  /** The memory of a `SharedLogLevel`. */
  readonly logLevel: SharedArrayBuffer
  readonly slot: number | undefined
}

/*
 * The program of the sentinel thread. While the main thread beats, it does nothing but read a word
 * of shared memory every half threshold.
 */
const { limits, beats: shared, logLevel: sharedLevel, slot } = workerData as SentinelData
const beats = new StallBeats(shared)
const logLevel = new SharedLogLevel(sharedLevel)
const log = createLogger({ level: logLevel.level, role: 'sentinel', ...(slot !== undefined && { slot }) })
const context = {
  beats,
  get log() {
    return logLevel.applyTo(log)
  },
  roots: [process.cwd(), dirname(findPackageJSON(import.meta.url) ?? '/')],
  debuggerTold: false,
}

let summary: StallSummary = { count: 0, longestMs: 0, last: null }
/** The stall under way, once there is something to say about it. */
let report: StallReport | undefined

/** Questions and lines that are under way. */
let pending = 0

// How long it took to load what is loaded by now is not of interest.
beats.takeGapMs()
await watch(startWatching(monotonicMs(), limits))

async function watch(start: WatchState): Promise<never> {
  let state = start
  for (;;) {
    const pauseMs = Math.max(1, state.dueMs - monotonicMs())
    // Answers need this thread's event loop. Without it a look costs half as much.
    if (pending > 0) await sleep(pauseMs)
    else beats.pause(pauseMs)
    // In this order: a gap is there no earlier than the beat that ended it.
    const gapMs = beats.takeGapMs()
    const { gapEndMs, lastBeatMs: beatMs } = beats
    const verdict = judgeLook(state, { gapMs, gapEndMs, beatMs, nowMs: monotonicMs() }, limits)
    act(verdict)
    state = verdict.state
  }
}

function act({ state, endedMs, tell, stalledMs }: Verdict): void {
  if (endedMs !== undefined) {
    void track(count(Math.round(endedMs), report))
    report = undefined
  }
  if (!tell) return
  report ??= new StallReport(context, state.beatMs)
  void track(report[tell](stalledMs))
}

async function track(work: Promise<void>): Promise<void> {
  pending += 1
  await work
  pending -= 1
}

async function count(ms: number, ended: StallReport | undefined): Promise<void> {
  const at = new Date().toISOString()
  summary = { ...summary, count: summary.count + 1, longestMs: Math.max(summary.longestMs, ms) }
  const where = await ended?.end(ms)
  if (where) summary = { ...summary, last: { at, ms, where } }
  parentPort?.postMessage(summary)
}
