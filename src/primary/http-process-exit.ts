import type { StallNote } from '../protocol/loop-notes.ts'
import type { ExitReason } from '../protocol/operators-api.ts'
import type { RunRecord } from '../protocol/run-records.ts'
import { runsAreToBlame } from './blame-policy.ts'
import { type ExitFacts, exitReason } from './exit-reason.ts'

/** How an HTTP process ended. */
export interface HttpProcessExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly reason: ExitReason
  /** From its fork to its exit. */
  readonly livedMs: number
  /** From its being ready to its exit, 0 where it never was. */
  readonly servedMs: number
  /** Why it could not start, in its own words where it had some; undefined once it was ready. */
  readonly startFailure: string | undefined
  /** Runs under way that it may have died of; absent where there were none, or it died of something else. */
  readonly suspects?: readonly RunRecord[]
  /** The stall that its event loop was in; absent where it was in none, or nobody watched. */
  readonly stall?: { readonly ms: number; readonly where: string | undefined }
}

/** What the primary knows at the moment in which a process ends. Times are on the clock of `performance.now()`. */
export interface ExitEvidence extends Omit<ExitFacts, 'code' | 'signal'> {
  readonly startedAt: number
  /** Undefined where it never was. */
  readonly readyAt: number | undefined
  readonly endedAt: number
  /** What it had said of its start, or was said of it. */
  readonly startFailure: string | undefined
  /** Runs that had begun and not ended. */
  readonly runs: readonly RunRecord[]
  readonly stall: StallNote | undefined
}

/**
 * What is told of an end.
 *
 * @param exitCode as node:cluster gives it: 0 or null where a signal ended the process
 * @param exitSignal null or empty where none did
 */
export function httpProcessExit(
  exitCode: number | null,
  exitSignal: string | null,
  { startedAt, readyAt, endedAt, startFailure, runs, stall, ...known }: ExitEvidence,
): HttpProcessExit {
  const signal = (exitSignal || null) as NodeJS.Signals | null
  const code = signal ? null : exitCode
  const facts = { code, signal, ...known }
  return {
    code,
    signal,
    reason: exitReason(facts),
    livedMs: Math.round(endedAt - startedAt),
    servedMs: readyAt === undefined ? 0 : Math.round(endedAt - readyAt),
    startFailure: readyAt === undefined ? (startFailure ?? endedEarly(code, signal)) : undefined,
    ...(runs.length > 0 && runsAreToBlame(facts) && { suspects: runs }),
    ...(stall && { stall: { ms: Math.max(0, Date.now() - stall.since), where: stall.where } }),
  }
}

function endedEarly(code: number | null, signal: NodeJS.Signals | null): string {
  return `An HTTP process ended before it was ready (${signal ?? `exit code ${code}`}); the log has the reason`
}
