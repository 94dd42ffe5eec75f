/** How a request of a task ended. */
export type TaskOutcomeLabel =
  | 'ok'
  | 'error'
  | 'timeout'
  | 'cancelled'
  | 'refused'
  | 'crashed'
  | 'out-of-memory'

/** Codes of requests that were not run, whatever they asked for: the scheduler, or the quarantine, would not. */
export const refusalCodes = [
  'QUEUE_FULL',
  'WOULD_MISS_DEADLINE',
  'QUEUE_TIMEOUT',
  'INPUT_QUARANTINED',
] as const

/**
 * One word for how a request of a task ended.
 *
 * @param code of the error, undefined where there was none
 * @param isAnswered false where the client had gone before there was an answer
 */
export function taskOutcome(code: string | undefined, isAnswered: boolean): TaskOutcomeLabel {
  if (!isAnswered) return 'cancelled'
  if (code === undefined) return 'ok'
  return isRefusal(code) ? 'refused' : (OUTCOMES[code] ?? 'error')
}

export function isRefusal(code: string): boolean {
  return refusalCodes.some((each) => each === code)
}

const OUTCOMES: Readonly<Record<string, TaskOutcomeLabel>> = {
  TASK_TIMEOUT: 'timeout',
  TASK_CRASHED: 'crashed',
  TASK_OUT_OF_MEMORY: 'out-of-memory',
  // The answer was there; that its client did not take all of it is no failure of the task.
  READER_TOO_SLOW: 'ok',
}
