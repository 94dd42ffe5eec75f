/** Two lines about short stalls are at least this far apart. */
const WARN_EVERY_MS = 10_000

/** A place is asked for no more often than this: an answer holds up the loop for up to 5 ms more. */
const ASK_EVERY_MS = 200

/** A stall as long as this is told in any case. */
const HANG_MARK_MS = 1000

export interface StallLimits {
  /** A stall is worth counting from here on. */
  readonly thresholdMs: number
  /** A stall is worth an error from here on. */
  readonly hangMarkMs: number
  /** The main thread beats as often as this, when it can. */
  readonly beatEveryMs: number
  /** The sentinel looks at least as often as this, when it can. */
  readonly lookEveryMs: number
}

/** @param hangMs the process is killed after a stall of so many milliseconds; something is to be said before */
export function stallLimits(thresholdMs: number, hangMs: number): StallLimits {
  return {
    thresholdMs,
    hangMarkMs: Math.max(thresholdMs, Math.min(HANG_MARK_MS, hangMs / 2)),
    beatEveryMs: Math.max(1, Math.floor(thresholdMs / 2)),
    lookEveryMs: thresholdMs / 2,
  }
}

/** What the sentinel knows from one look to the next. Times are milliseconds on one clock. */
export interface WatchState {
  readonly lookedAtMs: number
  /** When the next look is due. */
  readonly dueMs: number
  /** The newest beat that was seen. */
  readonly beatMs: number
  /** Time since that beat in which the sentinel did not run either, so that it proves nothing. */
  readonly blindMs: number
  /** How far the stall under way has come. */
  readonly stage: 'quiet' | 'short' | 'hang'
  /** When a short stall was told last. */
  readonly warnedAtMs: number
  /** When the place of a stall was asked for last. */
  readonly askedAtMs: number
}

export interface Look {
  readonly nowMs: number
  /** The newest beat. */
  readonly beatMs: number
  /** A gap between beats that has ended since the last look, or 0. */
  readonly gapMs: number
  /** When that gap ended. */
  readonly gapEndMs: number
}

export interface Verdict {
  readonly state: WatchState
  /** Time for a line and for the question where the main thread is; with `place` for the question alone. */
  readonly tell: 'short' | 'hang' | 'place' | undefined
  /** How long the stall under way has lasted. */
  readonly stalledMs: number
  /** How long the stall was that has ended, to be counted. */
  readonly endedMs: number | undefined
}

export function startWatching(nowMs: number, { lookEveryMs }: StallLimits): WatchState {
  return {
    lookedAtMs: nowMs,
    dueMs: nowMs + lookEveryMs,
    beatMs: nowMs,
    blindMs: 0,
    stage: 'quiet',
    warnedAtMs: -Infinity,
    askedAtMs: -Infinity,
  }
}

/**
 * Judges one look at the beats.
 *
 * A sentinel that comes late was frozen or starved itself: the process was stopped, the machine
 * suspended, or the CPU given to others. Nothing since the look before then counts against the main
 * thread. With a look every half threshold, a freeze of the whole process is never taken for a stall.
 */
export function judgeLook(state: WatchState, look: Look, limits: StallLimits): Verdict {
  const { nowMs, beatMs } = look
  const late = nowMs - state.dueMs > limits.lookEveryMs
  const blind = (fromMs: number, toMs: number) =>
    late ? Math.max(0, toMs - Math.max(state.lookedAtMs, fromMs)) : 0

  const seenGapMs = look.gapMs - state.blindMs - blind(state.beatMs, look.gapEndMs)
  const endedMs = look.gapMs > 0 ? endedStall(seenGapMs, state, limits) : undefined

  const beaten = beatMs > state.beatMs
  const blindMs = beaten ? blind(beatMs, nowMs) : state.blindMs + blind(beatMs, nowMs)
  const stalledMs = Math.max(0, nowMs - beatMs - blindMs - limits.beatEveryMs)
  const before = beaten ? 'quiet' : state.stage
  const stage = stageOf(stalledMs, limits)
  const tell = whatToTell(stage, before, state, nowMs)

  return {
    state: {
      lookedAtMs: nowMs,
      dueMs: nowMs + untilNextLook(stalledMs, limits),
      beatMs,
      blindMs,
      stage,
      warnedAtMs: tell === 'short' ? nowMs : state.warnedAtMs,
      askedAtMs: tell === undefined ? state.askedAtMs : nowMs,
    },
    tell,
    stalledMs,
    endedMs,
  }
}

/** A stall that was noticed has an end, even where it turns out shorter than it looked. */
function endedStall(
  seenGapMs: number,
  { stage }: WatchState,
  { thresholdMs, beatEveryMs }: StallLimits,
): number | undefined {
  const ms = Math.max(0, seenGapMs - beatEveryMs)
  return ms > thresholdMs || stage !== 'quiet' ? ms : undefined
}

function stageOf(stalledMs: number, limits: StallLimits): WatchState['stage'] {
  if (stalledMs >= limits.hangMarkMs) return 'hang'
  return stalledMs > limits.thresholdMs ? 'short' : 'quiet'
}

function whatToTell(
  stage: WatchState['stage'],
  before: WatchState['stage'],
  { warnedAtMs, askedAtMs }: WatchState,
  nowMs: number,
): Verdict['tell'] {
  if (stage === 'hang') return before === 'hang' ? undefined : 'hang'
  if (stage === 'quiet' || before !== 'quiet') return undefined
  if (nowMs - warnedAtMs >= WARN_EVERY_MS) return 'short'
  return nowMs - askedAtMs >= ASK_EVERY_MS ? 'place' : undefined
}

/** The regular pace, or less where the stall reaches its next mark before. */
function untilNextLook(stalledMs: number, { thresholdMs, hangMarkMs, lookEveryMs }: StallLimits): number {
  const mark = stalledMs <= thresholdMs ? thresholdMs : hangMarkMs
  const toMarkMs = Math.floor(mark - stalledMs) + 1
  return toMarkMs > 0 ? Math.min(lookEveryMs, toMarkMs) : lookEveryMs
}
