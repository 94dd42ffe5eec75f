import type { ExitReason } from '../protocol/operators-api.ts'

export interface ExitFacts {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Why the primary, or the process itself, had said that it should end; undefined where nobody had. */
  readonly announced: ExitReason | undefined
  /** Whether the kernel ended a process of this container for want of memory since this one started. */
  readonly oomKilled: boolean
}

/** `128 + SIGABRT`, as a process reports it that was ended so beneath a shell. */
export const ABORTED_EXIT_CODE = 134

/**
 * One word for why a process ended.
 *
 * V8 aborts when a heap is full that it cannot make room in, a thread's included; Node aborts for
 * little else, and the line on standard error tells the two apart. The kernel's own killer is told
 * from other kills by the counter of the control group.
 */
export function exitReason({ code, signal, announced, oomKilled }: ExitFacts): ExitReason {
  if (announced !== undefined) return announced
  if (signal === 'SIGABRT' || code === ABORTED_EXIT_CODE) return 'out-of-memory'
  if (signal === 'SIGKILL' && oomKilled) return 'out-of-memory'
  return 'crash'
}
