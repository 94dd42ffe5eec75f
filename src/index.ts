export type {
  JsonValue,
  Task,
  TaskLimits,
  TaskOptions,
  TaskOutput,
  TaskPriority,
  TaskRetry,
} from './tasks/define-task.ts'
export { defineTask } from './tasks/define-task.ts'
export type { TaskContext, TaskLog, TaskRequestFacts } from './tasks/task-context.ts'
export { TaskError, type TaskErrorOptions } from './tasks/task-error.ts'
export type {
  BytesInput,
  MultipartInput,
  OneOfInput,
  Received,
  ReceivedBytes,
  ReceivedFile,
  ReceivedJson,
  ReceivedMultipart,
  TaskInput,
} from './tasks/task-input.ts'
export { bytes, multipart, oneOf } from './tasks/task-input.ts'
export { type BinaryOutput, binary } from './tasks/task-output.ts'
