import Negotiator from 'negotiator'
import type { TaskContext } from '../../src/tasks/task-context.ts'

/** A context for calling a task's `run` directly, without a thread. */
export function taskContext<Parameters>(
  options: { parameters?: Parameters; accept?: string; signal?: AbortSignal; remainingMs?: number } = {},
): TaskContext<Parameters> {
  const signal = options.signal ?? new AbortController().signal
  return {
    parameters: (options.parameters ?? {}) as Parameters,
    request: {
      id: 'test',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: undefined,
      preferred: (mediaTypes) =>
        new Negotiator({ headers: { accept: options.accept ?? '*/*' } }).mediaType([...mediaTypes]),
    },
    signal,
    throwIfAborted: () => signal.throwIfAborted(),
    remainingMs: () => options.remainingMs ?? 30_000,
    reportProgress() {},
    log: { debug() {}, info() {}, warn() {}, error() {} },
  }
}
