import { createRequire } from 'node:module'
import type NegotiatorClass from 'negotiator'
import { traceIdOf } from '../observability/trace-context.ts'
import type { RunControl } from '../protocol/run-control.ts'
import type { TaskRequest } from '../protocol/thread-messages.ts'
import type { TaskContext, TaskLog } from '../tasks/task-context.ts'
import type { ThreadLog } from './thread-log.ts'

/** For what few runs need: a thread that takes another one's place is there the sooner. */
const require = createRequire(import.meta.url)

/** The surroundings of one run. What a task may never use, like the signal, is made when it is first asked for. */
export function createTaskContext(
  request: TaskRequest,
  parameters: unknown,
  control: RunControl,
  threadLog: ThreadLog,
): TaskContext<unknown> {
  const deadline = performance.now() + request.timeLimitMs
  let signal: AbortSignal | undefined
  let log: TaskLog | undefined
  return {
    parameters,
    request: {
      id: request.requestId,
      traceparent: request.traceparent,
      tracestate: request.tracestate,
      preferred: (mediaTypes) => preferred(request.accept, mediaTypes),
    },
    get signal() {
      signal ??= signalOf(control)
      return signal
    },
    throwIfAborted() {
      if (control.stopRequested) throw new DOMException('The task is no longer wanted', 'AbortError')
    },
    remainingMs: () => Math.max(0, deadline - performance.now()),
    reportProgress(fraction) {
      control.progress = fraction
    },
    get log() {
      const { task, requestId, traceparent } = request
      const traceId = traceIdOf(traceparent)
      log ??= threadLog.of({ thread: control.threadNumber, task, requestId, traceId })
      return log
    },
  }
}

function preferred(accept: string | undefined, mediaTypes: readonly string[]): string | undefined {
  const Negotiator = require('negotiator') as typeof NegotiatorClass
  return new Negotiator({ headers: { accept: accept ?? '*/*' } }).mediaType([...mediaTypes])
}

function signalOf(control: RunControl): AbortSignal {
  const controller = new AbortController()
  const abort = () => {
    if (control.stopRequested)
      controller.abort(new DOMException('The task is no longer wanted', 'AbortError'))
  }
  abort()
  if (!controller.signal.aborted) void control.stopOrRelease().then(abort)
  return controller.signal
}
