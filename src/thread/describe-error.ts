import { errorTable, isErrorCode } from '../errors.ts'
import type { TaskRefused } from '../protocol/thread-messages.ts'
import { TaskError } from '../tasks/task-error.ts'

/** Details larger than this are left out: the event loop sends them, and it sends only little. */
const MAX_DETAILS_LENGTH = 16 * 1024
const MAX_MESSAGE_LENGTH = 2 * 1024

/** An error as it leaves the thread: with a code, a status and a bounded size. */
export function describeError(error: unknown, task: string): TaskRefused {
  if (!isTaskError(error)) {
    return {
      kind: 'refused',
      code: 'TASK_FAILED',
      status: errorTable.TASK_FAILED.status,
      message: `The task "${task}" failed; the log line with this request id has the reason`,
      details: undefined,
      stack:
        error instanceof Error ? (error.stack ?? String(error)) : `Not an Error was thrown: ${String(error)}`,
    }
  }
  const status = statusOf(error)
  return {
    kind: 'refused',
    code: error.code,
    status,
    message: error.message.slice(0, MAX_MESSAGE_LENGTH),
    details: boundedDetails(error.details),
    stack: status >= 500 ? stackWithCause(error) : undefined,
  }
}

function stackWithCause({ stack, cause }: TaskError): string | undefined {
  return cause instanceof Error ? `${stack}\nCaused by: ${cause.stack}` : stack
}

/** By name as well: a user's folder may hold its own copy of this package. */
function isTaskError(error: unknown): error is TaskError {
  return (
    error instanceof TaskError || (error instanceof Error && error.name === 'TaskError' && 'code' in error)
  )
}

function statusOf({ code, status }: TaskError): number {
  if (status !== undefined && status >= 400 && status <= 499) return status
  return isErrorCode(code) ? errorTable[code].status : errorTable.INPUT_INVALID.status
}

function boundedDetails(details: TaskError['details']): TaskRefused['details'] {
  if (details === undefined) return undefined
  try {
    const json = JSON.stringify(details)
    return json.length <= MAX_DETAILS_LENGTH ? JSON.parse(json) : undefined
  } catch {
    return undefined
  }
}
