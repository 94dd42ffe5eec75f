/** What decides whether a run that cannot start here is worth a sibling's trouble. Times are milliseconds. */
export interface SharingFacts {
  /** Until a thread is free for it here, as far as run times tell. */
  readonly expectedWaitMs: number
  /** Of its body. */
  readonly bytes: number
}

/** What it costs both event loops to pass a small request on, and its answer back. */
const ROUND_TRIP_MS = 1

/** The body goes through the kernel once: copied in and copied out. */
const BYTES_A_MS = 500_000

/** Whether it would begin sooner on a thread that is free in another process. */
export function worthSharing({ expectedWaitMs, bytes }: SharingFacts): boolean {
  return expectedWaitMs > ROUND_TRIP_MS + bytes / BYTES_A_MS
}

/** A look wakes an event loop and reads what all processes say of themselves: nothing to do at every chance. */
const LOOK_SHARE = 1 / 8
const MIN_LOOK_MS = 4
const MAX_LOOK_MS = 50

/**
 * How long a process with waiting requests lets pass between two looks at its siblings' free threads. A thread that
 * becomes free there is so found after a small part of what a run takes. Looking every 2 ms whatever runs took cost
 * 13 % of the images that two cores could do.
 *
 * @param runMs what the runs take that are under way here
 */
export function lookIntervalMs(runMs: number): number {
  return Math.min(MAX_LOOK_MS, Math.max(MIN_LOOK_MS, runMs * LOOK_SHARE))
}
