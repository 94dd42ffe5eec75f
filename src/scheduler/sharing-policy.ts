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
