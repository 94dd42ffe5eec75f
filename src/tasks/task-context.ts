/** What a running task may ask of its surroundings; the second argument of `run`. */
export interface TaskContext<Parameters = Record<string, never>> {
  /** The query of the request, as the task's `parameters` schema made it. */
  readonly parameters: Parameters
  readonly request: TaskRequestFacts
  /**
   * Aborted when the time limit is over or the caller has gone. For asynchronous work: the thread's
   * event loop must turn for it to change. In a synchronous loop use {@link throwIfAborted}.
   */
  readonly signal: AbortSignal
  /**
   * Throws as soon as the task is no longer wanted. Reads shared memory (some nanoseconds), so it
   * works inside a synchronous loop, where no message could arrive.
   */
  throwIfAborted(): void
  /** Milliseconds left of the time limit, never below 0. For native code that has its own limit. */
  remainingMs(): number
  /** Says how far the task has come, 0 to 1. Written to shared memory; costs nothing worth counting. */
  reportProgress(fraction: number): void
  /** Log lines with the request id, the trace id and the task's name. */
  readonly log: TaskLog
}

export interface TaskRequestFacts {
  readonly id: string
  /**
   * The trace of this request and its span (W3C Trace Context): the value of the header `traceparent` for a request
   * that the task makes to another service, so that it belongs to the same trace.
   */
  readonly traceparent: string
  /** The value of the header `tracestate` that goes with it; undefined where the caller sent none. */
  readonly tracestate: string | undefined
  /**
   * The best of the given media types for the request's `Accept` header, in the caller's order of
   * preference, then in the given one. Undefined when none is acceptable. No header accepts all.
   */
  preferred(mediaTypes: readonly string[]): string | undefined
}

export interface TaskLog {
  debug(facts: object | string, message?: string): void
  info(facts: object | string, message?: string): void
  warn(facts: object | string, message?: string): void
  error(facts: object | string, message?: string): void
}
