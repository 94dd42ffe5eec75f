import type { Config } from '../config/settings.ts'
import type { RunControl } from '../protocol/run-control.ts'
import type { TaskAnswer, TaskRequest } from '../protocol/thread-messages.ts'
import { TaskError } from '../tasks/task-error.ts'
import { decodeContentEncoding } from './decode-content-encoding.ts'
import { decodeInput } from './decode-input.ts'
import { decodeParameters } from './decode-parameters.ts'
import { describeError } from './describe-error.ts'
import { encodeOutput } from './encode-output.ts'
import { createTaskContext } from './task-context.ts'
import type { TaskSource } from './task-source.ts'
import type { ThreadLog } from './thread-log.ts'

/**
 * One request on this thread, from bytes to bytes: decompress, decode, validate, run, encode.
 * Never rejects; every error becomes an answer.
 */
export async function runTask(
  tasks: TaskSource,
  config: Pick<Config, 'maxBodyBytes'>,
  log: ThreadLog,
  request: TaskRequest,
  control: RunControl,
): Promise<TaskAnswer> {
  try {
    const task = await tasks.get(request.task)
    if (task === undefined) throw new TaskError('TASK_NOT_FOUND', `There is no task "${request.task}"`)
    const parameters = decodeParameters(task, request.query)
    const body = decodeContentEncoding(exact(request.body), request.contentEncoding, config.maxBodyBytes)
    const input = await decodeInput(task, body, request.contentType)
    const context = createTaskContext(request, parameters, control, log)
    const output = await task.run(input, context)
    const ranAt = performance.now()
    const encoded = encodeOutput(output)
    return { ...encoded, encodeMs: performance.now() - ranAt }
  } catch (error) {
    if (control.stopRequested) return { kind: 'stopped' }
    return describeError(error, request.task)
  } finally {
    control.releaseWaiters()
  }
}

/**
 * A body that is kept for another attempt is in shared memory, which somebody could change; and one
 * of unknown length arrives in a buffer that could still grow, which `TextDecoder` and native
 * modules refuse. Copied here and not on the event loop. (`transferToFixedLength` takes ten times as
 * long, measured on Node 26.)
 */
function exact(body: ArrayBuffer | SharedArrayBuffer): Uint8Array<ArrayBuffer> {
  if (body instanceof ArrayBuffer && !body.resizable) return new Uint8Array(body)
  return Uint8Array.from(new Uint8Array(body))
}
