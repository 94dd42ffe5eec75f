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
  /** Largest request body in bytes. Default, and upper bound: `OFFLOOP_MAX_BODY_BYTES`. */
  readonly inputBytes?: number
}

export interface TaskOptions<Input extends TaskInput, Parameters extends z.ZodType> {
  /** One sentence for people who read `GET /api/tasks`. */
  readonly description: string
  readonly input: Input
  /** The query of the request. Without it a query is refused nothing and told nothing. */
  readonly parameters?: Parameters
  /** Media types that the task can answer with. Default: `application/json` alone. */
  readonly produces?: readonly string[]
  readonly limits?: TaskLimits
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
  return {
    [taskBrand]: true,
    description: options.description,
    input: options.input,
    parameters: options.parameters,
    produces: options.produces ?? ['application/json'],
    limits: options.limits ?? {},
    run: (input, context) => options.run(input, context),
  }
}

export function isTask(value: unknown): value is Task {
  return typeof value === 'object' && value !== null && taskBrand in value
}
