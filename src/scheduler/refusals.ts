import { ProblemError } from '../errors.ts'
import type { Refusal } from './admission.ts'

/** For a request that may not wait. */
export function mayNotWait(refusal: Refusal, waiting: number, waitLimitMs: number): ProblemError {
  const { code, expectedWaitMs, retryAfterSeconds } = refusal
  const why =
    code === 'QUEUE_FULL'
      ? `${waiting} are waiting already`
      : `it would wait for about ${expectedWaitMs} ms, and may for ${waitLimitMs}`
  return refused(code, `Cannot take the request: ${why}`, retryAfterSeconds, { expectedWaitMs })
}

/** For what does not fit in beside the others. */
export function memoryFull({
  usedBytes,
  limitBytes,
}: {
  readonly usedBytes: number
  readonly limitBytes: number
}): ProblemError {
  return refused(
    'QUEUE_FULL',
    `Cannot take the request: ${usedBytes} bytes of other requests wait, and ${limitBytes} may`,
    1,
  )
}

/** For a client that does not take the answers it has asked for. */
export function answersUnread(unreadBytes: number, shareBytes: number): ProblemError {
  return refused(
    'QUEUE_FULL',
    `Cannot take the request: its client has ${unreadBytes} bytes of answers still to read, and may have ${shareBytes}`,
    1,
  )
}

/** For what was dropped without having begun. */
export function waitedTooLong(task: string, waitLimitMs: number): ProblemError {
  return refused(
    'QUEUE_TIMEOUT',
    `The task "${task}" was not begun: no thread was free for it within ${waitLimitMs} ms`,
    1,
    { queueTimeoutMs: waitLimitMs },
  )
}

function refused(
  code: Refusal['code'] | 'QUEUE_TIMEOUT',
  message: string,
  retryAfterSeconds: number,
  details: Readonly<Record<string, unknown>> = {},
): ProblemError {
  return new ProblemError(code, message, {
    headers: { 'Retry-After': String(retryAfterSeconds) },
    details: { retryAfterSeconds, ...details },
  })
}
