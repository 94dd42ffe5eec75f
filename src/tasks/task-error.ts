/** What a {@link TaskError} may carry besides its code and message. */
export interface TaskErrorOptions {
  /** HTTP status, 400 to 499. Left out: the status that `errors.ts` gives the code, else 422. */
  readonly status?: number
  /** Facts for the caller, sent as `details` in the answer. Must survive `JSON.stringify`. */
  readonly details?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

/**
 * The caller's mistake, as a task reports it: the message and the details reach the caller.
 *
 * Anything else that a task throws is the task's own fault: the caller gets 500 `TASK_FAILED`
 * without the message, and the log gets the stack.
 *
 * @example throw new TaskError('COLUMN_UNKNOWN', 'Cannot find column "prise": the header has "price"')
 */
export class TaskError extends Error {
  override readonly name = 'TaskError'
  /** Stable, in capitals: programs match on it. */
  readonly code: string
  readonly status: number | undefined
  readonly details: Readonly<Record<string, unknown>> | undefined

  constructor(code: string, message: string, options: TaskErrorOptions = {}) {
    super(message, { cause: options.cause })
    this.code = code
    this.status = options.status
    this.details = options.details
  }
}
