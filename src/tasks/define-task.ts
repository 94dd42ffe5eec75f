import type { z } from 'zod'
import type { TaskContext } from './task-context.ts'
import type { Received, TaskInput } from './task-input.ts'
import type { BinaryOutput } from './task-output.ts'

/** A value that JSON can carry. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined }

/**
 * What a task may return. A JSON object becomes the answer's own fields beside `success` and
 * `timestamp`; any other JSON value is sent as `result`.
 */
export type TaskOutput = JsonValue | BinaryOutput

export interface TaskLimits {
  /** Longest run in milliseconds, counted from the start on a thread. Default: `OFFLOOP_TASK_TIMEOUT_MS`. */
  readonly timeMs?: number
  /** Longest wait for a thread in milliseconds, counted from the submission. Default: `OFFLOOP_QUEUE_TIMEOUT_MS`. */
  readonly queueTimeoutMs?: number
  /** Largest request body in bytes. Default, and upper bound: `OFFLOOP_MAX_BODY_BYTES`. */
  readonly inputBytes?: number
}

export interface TaskRetry {
  /** Further runs after the first. Default: 2. */
  readonly attempts?: number
  /** Longest pause before the first of them; it doubles for each, and is random up to that. Default: 50. */
  readonly baseDelayMs?: number
  /** Longest pause at all. Default: 1000. */
  readonly maxDelayMs?: number
  /** Whether a run that exceeded its time limit is tried again. Default: false. */
  readonly onTimeout?: boolean
}

/** `interactive`: somebody waits. `batch`: it may stand back, though never for ever. */
export type TaskPriority = 'interactive' | 'batch'

export interface TaskOptions<Input extends TaskInput, Parameters extends z.ZodType> {
  /** One sentence for people who read `GET /api/tasks`. */
  readonly description: string
  readonly input: Input
  /** The query of the request. Without it a query is refused nothing and told nothing. */
  readonly parameters?: Parameters
  /** Media types that the task can answer with. Default: `application/json` alone. */
  readonly produces?: readonly string[]
  readonly limits?: TaskLimits
  /** Default: `interactive`. */
  readonly priority?: TaskPriority
  /**
   * Threads of a process that this task may hold at once: an integer from 1, or a share of them above 0
   * and below 1, rounded down but for the first. Default: all.
   */
  readonly maxConcurrency?: number
  /**
   * Running it twice does no harm. Then a run whose thread died under it is tried again; its input is kept
   * for that in shared memory, which a thread copies once more before it reads it. Default: false.
   */
  readonly idempotent?: boolean
  /** How it is tried again, for tasks that are `idempotent`. */
  readonly retry?: TaskRetry
  /** Runs on a thread. Throws a `TaskError` for the caller's mistakes. */
  run(input: Received<Input>, context: TaskContext<z.output<Parameters>>): TaskOutput | Promise<TaskOutput>
}

/** What {@link defineTask} makes. */
export interface Task<Input = unknown, Parameters = unknown> {
  readonly [taskBrand]: true
  readonly description: string
  readonly input: TaskInput
  readonly parameters: z.ZodType | undefined
  readonly produces: readonly string[]
  readonly limits: TaskLimits
  readonly priority: TaskPriority
  readonly maxConcurrency: number | undefined
  /** Undefined where it is not tried again. */
  readonly retry: Required<TaskRetry> | undefined
  run(input: Input, context: TaskContext<Parameters>): TaskOutput | Promise<TaskOutput>
}

/** Registered, so that a task made by another copy of this package is still one. */
const taskBrand: unique symbol = Symbol.for('offloop.task') as never

/**
 * Declares a task. The default export of a file in `workers/` (or in `OFFLOOP_TASKS_DIR`); the
 * file's name is the task's name, and `POST /api/tasks/<name>` its endpoint.
 *
 * @example
 * export default defineTask({
 *   description: 'The n-th Fibonacci number',
 *   input: z.strictObject({ n: z.int().min(0).max(90) }),
 *   run: ({ n }) => ({ value: fibonacci(n) }),
 * })
 */
export function defineTask<
  Input extends TaskInput,
  Parameters extends z.ZodType = z.ZodType<Record<string, never>>,
>(options: TaskOptions<Input, Parameters>): Task<Received<Input>, z.output<Parameters>> {
  assertConcurrency(options.maxConcurrency)
  assertRetry(options.idempotent ?? false, options.retry)
  return {
    [taskBrand]: true,
    description: options.description,
    input: options.input,
    parameters: options.parameters,
    produces: options.produces ?? ['application/json'],
    limits: options.limits ?? {},
    priority: options.priority ?? 'interactive',
    maxConcurrency: options.maxConcurrency,
    retry: options.idempotent ? { ...DEFAULT_RETRY, ...options.retry } : undefined,
    run: (input, context) => options.run(input, context),
  }
}

const DEFAULT_RETRY: Required<TaskRetry> = {
  attempts: 2,
  baseDelayMs: 50,
  maxDelayMs: 1000,
  onTimeout: false,
}

function assertRetry(idempotent: boolean, retry: TaskRetry | undefined): void {
  if (retry === undefined) return
  if (!idempotent) throw new TypeError('Cannot use retry: expected the task to be idempotent')
  for (const name of ['attempts', 'baseDelayMs', 'maxDelayMs'] as const) {
    const value = retry[name]
    if (value === undefined || (Number.isInteger(value) && value >= 0)) continue
    throw new RangeError(`Cannot use retry.${name}: expected an integer from 0, got ${value}`)
  }
}

/** Said when the task is loaded, which its file and name are known to. */
function assertConcurrency(maxConcurrency: number | undefined): void {
  if (maxConcurrency === undefined || (maxConcurrency > 0 && maxConcurrency < 1)) return
  if (Number.isInteger(maxConcurrency) && maxConcurrency >= 1) return
  throw new RangeError(
    `Cannot use maxConcurrency: expected an integer from 1, or a share between 0 and 1, got ${maxConcurrency}`,
  )
}

export function isTask(value: unknown): value is Task {
  return typeof value === 'object' && value !== null && taskBrand in value
}
