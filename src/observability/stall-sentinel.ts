import { findPackageJSON } from 'node:module'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { BOARD_FD } from '../protocol/cluster-board.ts'
import { LoopNotes } from '../protocol/loop-notes.ts'
import { SharedLogLevel } from './log-level.ts'
import { createLogger } from './logger.ts'
import { askMainThread } from './main-thread-stack.ts'
import { monotonicMs, StallBeats } from './stall-beats.ts'
import { judgeLook, type StallLimits, startWatching, type Verdict, type WatchState } from './stall-policy.ts'
import { loopStack } from './stall-place.ts'
import { StallReport } from './stall-report.ts'
import { StallTotals } from './stall-totals.ts'

/** What the main thread gives its sentinel. */
export interface SentinelData {
  readonly limits: StallLimits
  readonly beats: SharedArrayBuffer
  /** The memory of a `SharedLogLevel`. */
  readonly logLevel: SharedArrayBuffer
  readonly slot: number | undefined
  readonly seat: number | undefined
}

/** A question from outside is noticed within this, however far apart the looks are. */
const MOST_PAUSE_MS = 250

/** A main thread that has not answered by then is in native code, or does not get a CPU. */
const ANSWER_MS = 1000

const NO_INSPECTOR = Symbol('no inspector')

/*
 * The program of the sentinel thread. While the main thread beats, it does nothing but read a word
 * of shared memory and one of the cluster's board every half threshold.
 */
const { limits, beats: shared, logLevel: sharedLevel, slot, seat } = workerData as SentinelData
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

const totals = new StallTotals()
/** Of this process, on the cluster's board: read by the primary. */
const notes = seat === undefined ? undefined : new LoopNotes(BOARD_FD, seat)
/** The newest question of the primary that has been seen. */
let question = 0
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
    await pauseUntil(state.dueMs)
    // In this order: a gap is there no earlier than the beat that ended it.
    const gapMs = beats.takeGapMs()
    const { gapEndMs, lastBeatMs: beatMs } = beats
    const verdict = judgeLook(state, { gapMs, gapEndMs, beatMs, nowMs: monotonicMs() }, limits)
    act(verdict)
    state = verdict.state
  }
}

async function pauseUntil(dueMs: number): Promise<void> {
  do {
    lookForQuestion()
    const pauseMs = Math.min(MOST_PAUSE_MS, Math.max(1, dueMs - monotonicMs()))
    // Answers need this thread's event loop. Without it a look costs half as much.
    if (pending > 0) await sleep(pauseMs)
    else beats.pause(pauseMs)
  } while (monotonicMs() < dueMs)
}

function act({ state, endedMs, tell, stalledMs }: Verdict): void {
  if (endedMs !== undefined) {
    if (report) notes?.writeStall(undefined)
    void track(count(Math.round(endedMs), report))
    report = undefined
  }
  if (!tell) return
  report ??= new StallReport(context, state.beatMs)
  void track(report[tell](stalledMs))
  if (tell === 'hang') void track(note(report, Date.now() - Math.round(stalledMs)))
}

async function track(work: Promise<unknown>): Promise<void> {
  pending += 1
  await work
  pending -= 1
}

async function count(ms: number, ended: StallReport | undefined): Promise<void> {
  const at = new Date().toISOString()
  totals.add({ ms, at, where: await ended?.end(ms) })
  parentPort?.postMessage(totals.summary())
}

/** Leaves word of a stall that may be the last one. */
async function note(stall: StallReport, since: number): Promise<void> {
  notes?.writeStall({ since, where: stall.where })
  await stall.place()
  if (report === stall) notes?.writeStall({ since, where: stall.where })
}

function lookForQuestion(): void {
  const newest = notes?.question ?? 0
  if (newest === question) return
  question = newest
  // 0: the seat has been cleared, which is not a question.
  if (newest !== 0) void track(answer(newest))
}

/** Says where the main thread is, on the board: from a loop that hangs no message comes. */
async function answer(asked: number): Promise<void> {
  const reading = askMainThread(beats)
  void track(reading)
  const known = await Promise.race([reading.then((answered) => answered ?? NO_INSPECTOR), sleep(ANSWER_MS)])
  const stalledMs = Math.max(0, monotonicMs() - beats.lastBeatMs - limits.beatEveryMs)
  const stack = known === NO_INSPECTOR ? null : loopStack(known ?? undefined, stalledMs, context.roots)
  notes?.answer(asked, JSON.stringify(stack))
}
