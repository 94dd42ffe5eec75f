import type { Priority } from './waiting-runs.ts'

/** What runs at this moment on the threads of one process. */
export interface Occupation {
  readonly threads: number
  /** Runs of the task in question. */
  readonly ofTask: number
  /** Runs of class `batch`, whatever the task. */
  readonly ofBatch: number
}

export interface BulkheadLimits {
  /** Threads, or below 1 a share of them, that one task may hold. Undefined: all. */
  readonly maxConcurrency: number | undefined
  /** Threads that class `batch` leaves free. */
  readonly reservedThreads: number
}

/** Whether one more run of a task may start: no task holds every thread, and batch work leaves room. */
export function bulkheadAllows(
  priority: Priority,
  { threads, ofTask, ofBatch }: Occupation,
  { maxConcurrency, reservedThreads }: BulkheadLimits,
): boolean {
  if (maxConcurrency !== undefined && ofTask >= threadsOf(maxConcurrency, threads)) return false
  return priority === 'interactive' || ofBatch < batchThreads(threads, reservedThreads)
}

/** Threads that a task may hold: at least one, whatever share it named. */
export function threadsOf(maxConcurrency: number, threads: number): number {
  const wanted = maxConcurrency < 1 ? Math.floor(maxConcurrency * threads) : maxConcurrency
  return Math.max(1, Math.min(threads, wanted))
}

/** Where there is one thread, batch work has it: it would never run otherwise. */
function batchThreads(threads: number, reservedThreads: number): number {
  return Math.max(1, threads - reservedThreads)
}
