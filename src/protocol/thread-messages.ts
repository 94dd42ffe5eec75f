import type { MessagePort } from 'node:worker_threads'

/** A JSON Schema, as zod prints it. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** One task as the rest of the system knows it: everything but its code, which stays on threads. */
export interface CatalogueEntry {
  readonly name: string
  readonly description: string
  readonly input: {
    readonly json?: JsonSchema
    readonly bytes?: readonly string[]
    readonly multipart?: { readonly files: readonly string[]; readonly fields: readonly string[] }
  }
  readonly parameters?: JsonSchema
  readonly produces: readonly string[]
  /** With the settings' values where the task names none. */
  readonly limits: {
    readonly timeMs: number
    readonly queueTimeoutMs: number
    readonly inputBytes: number
  }
  readonly priority: 'interactive' | 'batch'
  /** Threads of a process that the task may hold at once, below 1 a share of them. */
  readonly maxConcurrency?: number
  /** How a run is tried again whose thread died under it; absent where it is not. */
  readonly retry?: RetryRules
}

export interface RetryRules {
  /** Further runs after the first. */
  readonly attempts: number
  readonly baseDelayMs: number
  readonly maxDelayMs: number
  readonly onTimeout: boolean
}

/** A file that should have been a task and is not. */
export interface TaskLoadFailure {
  readonly file: string
  readonly reason: string
}

/** Where a task is. */
export interface TaskFile {
  readonly name: string
  /** Absolute. */
  readonly file: string
}

/** What a thread is given when it starts. */
export interface ThreadStart<Config> {
  readonly config: Config
  /** The memory of a `SharedLogLevel`. */
  readonly logLevel: SharedArrayBuffer
  /** The memory of the process' `RunControls`. */
  readonly controls: SharedArrayBuffer
  /** Undefined for the first threads of a process: they find the files and prove that each can be loaded. */
  readonly taskFiles: readonly TaskFile[] | undefined
  /** Names of the tasks that a later thread loads before it takes a request; the others when it is idle. */
  readonly loadFirst: readonly string[]
  /** Where requests come and answers go. */
  readonly port: MessagePort
}

/** Everything that a thread says. */
export type FromThread = ThreadBooted | ThreadReady | TaskAnswer

/** The first thing that a later thread says. */
export interface ThreadReady {
  readonly kind: 'thread-ready'
}

/** The first thing that each of the first threads says. */
export interface ThreadBooted {
  readonly kind: 'thread-booted'
  readonly catalogue: readonly CatalogueEntry[]
  readonly taskFiles: readonly TaskFile[]
  readonly failures: readonly TaskLoadFailure[]
}

/**
 * One request on its way to a thread. `body` is transferred, and the sender no longer has it; one that
 * is kept for another attempt is in shared memory.
 */
export interface TaskRequest {
  readonly task: string
  readonly requestId: string
  readonly body: ArrayBuffer | SharedArrayBuffer
  readonly contentType: string | undefined
  readonly contentEncoding: string | undefined
  readonly accept: string | undefined
  /** As it stood in the URL, without the question mark. */
  readonly query: string
  /** The trace and the span of the request, as a header (W3C Trace Context). */
  readonly traceparent: string
  readonly tracestate: string | undefined
  readonly timeLimitMs: number
  /** Among the runs of its process, from 0: no two that are under way have the same. Its `RunControl` is there. */
  readonly place: number
  /** Inputs that this task is not run with; absent where there are none, as usual. */
  readonly quarantined?: readonly QuarantinedInput[]
}

export interface QuarantinedInput {
  /** See `RunRecord`. */
  readonly fingerprint: string
  /** Milliseconds on the clock of `Date.now()`. */
  readonly until: number
}

/** What became of a request on a thread. A thread that ends instead says nothing. */
export type TaskAnswer = TaskSucceeded | TaskRefused | TaskStopped

export interface TaskSucceeded {
  readonly kind: 'succeeded'
  readonly contentType: string
  /** Transferred. */
  readonly body: ArrayBuffer
  /** What it took to make the body of what the task returned. */
  readonly encodeMs: number
}

/** An error with a code, bounded in size by the thread. */
export interface TaskRefused {
  readonly kind: 'refused'
  readonly code: string
  readonly status: number
  readonly message: string
  readonly details: Readonly<Record<string, unknown>> | undefined
  /** For the log alone, where the task itself is at fault. */
  readonly stack: string | undefined
}

/** The task saw that it was no longer wanted and stopped by itself. */
export interface TaskStopped {
  readonly kind: 'stopped'
}
