import type { Config } from '../config/settings.ts'
import type { ThreadRestartReason } from '../protocol/operators-api.ts'

/** How a thread is after a run. */
export interface RunEnd {
  /** What it holds: JavaScript heap, garbage included, and buffers. */
  readonly keptBytes: number
  /** Tasks that it has loaded so far. */
  readonly loadedTasks: number
  /** Whole heaps that V8 has collected there so far. */
  readonly heapCollections: number
}

/** What a thread has done so far. */
export interface ThreadUse extends RunEnd {
  readonly runs: number
  /** The least that it has held after a run since it loaded a task: what they keep on purpose, a model for instance. */
  readonly leastBytes: number
  /** Runs in a row, up to the last, after which it held more than that and the mark. */
  readonly runsAbove: number
  /** Whole heaps that had been collected when the first of those runs had ended. */
  readonly collectionsBefore: number
}

export type RecycleReason = Extract<ThreadRestartReason, 'max-runs' | 'memory'>

type Limits = Pick<Config, 'threadMaxRuns' | 'threadRecycleBytes'>

export const UNUSED: ThreadUse = {
  runs: 0,
  keptBytes: 0,
  loadedTasks: 0,
  leastBytes: Number.POSITIVE_INFINITY,
  heapCollections: 0,
  runsAbove: 0,
  collectionsBefore: 0,
}

/**
 * So many runs in a row have to leave a thread above the mark, and V8 has to have collected the whole heap meanwhile:
 * what is still there is not garbage. On a busy machine it comes to that late.
 */
const RUNS_ABOVE = 10

/** A thread that has been due for longer is not given another run, though requests wait. */
const OVERDUE_MS = 5000

export function afterRun(use: ThreadUse, end: RunEnd, { threadRecycleBytes }: Limits): ThreadUse {
  const before = end.loadedTasks === use.loadedTasks ? use.leastBytes : Number.POSITIVE_INFINITY
  const leastBytes = Math.min(before, end.keptBytes)
  const above = end.keptBytes - leastBytes > threadRecycleBytes
  const runsAbove = above ? use.runsAbove + 1 : 0
  const collectionsBefore = runsAbove > 1 ? use.collectionsBefore : end.heapCollections
  return { ...end, runs: use.runs + 1, leastBytes, runsAbove, collectionsBefore }
}

/** Why a thread is to be replaced between two runs; undefined where it is not. A limit of 0 is none. */
export function recycleReason(
  { runs, runsAbove, heapCollections, collectionsBefore }: ThreadUse,
  { threadMaxRuns, threadRecycleBytes }: Limits,
): RecycleReason | undefined {
  const collectedSince = heapCollections > collectionsBefore
  if (threadRecycleBytes > 0 && runsAbove >= RUNS_ABOVE && collectedSince) return 'memory'
  if (threadMaxRuns > 0 && runs >= threadMaxRuns) return 'max-runs'
  return undefined
}

/** The threads of a process at the moment in which one of them, which is idle, is due. */
export interface RecycleFacts {
  readonly size: number
  /** Threads that could start a run, the one that is due among them. */
  readonly free: number
  /** No thread is ending or starting. */
  readonly allUp: boolean
  /** Since the thread became due. */
  readonly dueMs: number
  /** Whoever waited has had the chance to take the thread, and has not. */
  readonly nobodyWaits: boolean
}

/** One at a time, and while another thread is there for who comes next; at last in any case. */
export function mayRecycle({ size, free, allUp, dueMs, nobodyWaits }: RecycleFacts): boolean {
  if (!allUp) return false
  return dueMs >= OVERDUE_MS || (nobodyWaits && (size === 1 || free > 1))
}
