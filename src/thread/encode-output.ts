import { isMarkedAsUntransferable } from 'node:worker_threads'
import type { TaskSucceeded } from '../protocol/thread-messages.ts'
import type { JsonValue, TaskOutput } from '../tasks/define-task.ts'
import { TaskError } from '../tasks/task-error.ts'
import { isBinary } from '../tasks/task-output.ts'

const encoder = new TextEncoder()

/**
 * What a task returned, as bytes to be sent: binary output as it is, everything else as JSON with
 * `success` and `timestamp`.
 *
 * @throws {TaskError} `TASK_RESULT_INVALID` where it is neither
 */
export function encodeOutput(output: TaskOutput): Omit<TaskSucceeded, 'encodeMs'> {
  if (isBinary(output)) {
    return { kind: 'succeeded', contentType: output.contentType, body: ownBuffer(output.bytes) }
  }
  const body = ownBuffer(encoder.encode(toJson(output)))
  return { kind: 'succeeded', contentType: 'application/json; charset=utf-8', body }
}

/**
 * An ArrayBuffer with just these bytes: the view's own where it owns all of it, else a copy. A view
 * on a shared slab must not be transferred: it would take other tasks' bytes along. Native modules
 * mark memory that they free themselves as untransferable.
 */
function ownBuffer({ buffer, byteOffset, byteLength }: Uint8Array): ArrayBuffer {
  const whole = buffer instanceof ArrayBuffer && !buffer.resizable && byteLength === buffer.byteLength
  if (whole && !isMarkedAsUntransferable(buffer)) return buffer
  return new Uint8Array(new Uint8Array(buffer, byteOffset, byteLength)).buffer
}

function toJson(output: JsonValue | undefined): string {
  if (output === undefined) throw resultInvalid('it returned undefined')
  const envelope = { success: true, timestamp: new Date().toISOString() }
  try {
    // The envelope stands first and last: first for the order of the fields, last so that it wins.
    return JSON.stringify(
      isObject(output)
        ? Object.assign({ success: true }, output, envelope)
        : { success: true, result: output, timestamp: envelope.timestamp },
    )
  } catch (error) {
    throw resultInvalid(error instanceof Error ? error.message : String(error))
  }
}

function isObject(value: JsonValue): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function resultInvalid(reason: string): TaskError {
  return new TaskError('TASK_RESULT_INVALID', `The task returned something that is not JSON: ${reason}`)
}
