import { countKinds, type Failure, median } from '../../test/support/load-result.ts'

/** A part of a turn, in which one thing was done to a contender again and again. */
export interface Phase {
  readonly name: 'warm-up' | 'reload' | 'kill'
  /** Of `performance.now()`. */
  readonly begunAt: number
  /** Requests that had been sent by then. */
  readonly sentBefore: number
}

/** What became of the requests of a phase. */
export interface PhaseLoad {
  readonly requests: number
  readonly failures: readonly Failure[]
}

/** Figures that count failures of one kind begin with this. */
export const FAILED_BY = 'failed: '

/**
 * One load goes through all phases, so that a request which hangs in one of them holds up nothing. A failure belongs to
 * the phase in which it happened: a request that waits in vain was lost when it was sent, one that is reset when that came.
 *
 * @param phases in the order of time; the last one has not ended
 * @param sent all requests
 */
export function loadOf(
  name: Phase['name'],
  phases: readonly Phase[],
  sent: number,
  failures: readonly Failure[],
): PhaseLoad {
  const index = phases.findIndex((phase) => phase.name === name)
  const requests = (phases[index + 1]?.sentBefore ?? sent) - (phases[index]?.sentBefore ?? sent)
  const own = failures.filter(({ kind, sentAt, endedAt }) => {
    const happenedAt = kind === 'timeout' ? sentAt : endedAt
    return phases.findLast(({ begunAt }) => begunAt <= happenedAt)?.name === name
  })
  return { requests, failures: own }
}

/** The figures of a row. */
export function figuresOf(
  tookMs: readonly number[],
  { requests, failures }: PhaseLoad,
): Record<string, number> {
  const kinds = Object.entries(countKinds(failures)).map(([kind, count]) => [FAILED_BY + kind, count])
  return {
    times: tookMs.length,
    medianMs: median(tookMs),
    slowestMs: Math.max(...tookMs),
    requests,
    failed: failures.length,
    ...(Object.fromEntries(kinds) as Record<string, number>),
  }
}
