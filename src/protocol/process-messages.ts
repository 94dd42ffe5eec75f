import type { DiagnosisOrder } from './diagnosis.ts'
import type { DeathCause, LogLevel, ProcessVitals } from './operators-api.ts'
import type { RunRecord } from './run-records.ts'

/** What an HTTP process tells the primary. */
export type HttpProcessMessage =
  | ReadyMessage
  | StartFailedMessage
  | HeartbeatMessage
  | LeavingMessage
  | DrainingMessage
  | DrainedMessage
  | InputMessage

/** It listens, and its threads are up. */
export interface ReadyMessage {
  readonly type: 'ready'
}

/** It cannot start, and another attempt would end the same way. */
export interface StartFailedMessage {
  readonly type: 'start-failed'
  /** A sentence for the person who started it. */
  readonly reason: string
}

/** How it is, each second. The primary ends a process from which it hears nothing. */
export interface HeartbeatMessage extends Omit<ProcessVitals, 'silentMs'> {
  readonly type: 'heartbeat'
  /** Runs that ended since the heartbeat before. */
  readonly runs: RunCounts
  /** Requests refused since then because their input is in quarantine: pairs of its fingerprint and their number. */
  readonly refusedInputs: readonly (readonly [fingerprint: string, count: number])[]
  /** Of its histograms, since then. */
  readonly exemplars: readonly ExemplarRecord[]
}

/** A value that stands for others of its bucket, and the trace that it came from. */
export interface ExemplarRecord {
  /** The name of the series, as it is in the process's metric area. */
  readonly series: string
  readonly bucket: number
  readonly traceId: string
  readonly value: number
  /** Seconds since 1970. */
  readonly at: number
}

/** Task runs that ended, in a form that can be added up over processes and time. */
export interface RunCounts {
  readonly completed: number
  readonly failed: number
  readonly sumMs: number
  readonly minMs: number
  readonly maxMs: number
  /** Pairs of bucket index and count, see `observability/duration-buckets.ts`. */
  readonly buckets: readonly (readonly [index: number, count: number])[]
}

/** It wants to end: the primary brings a replacement first where it can, and then lets it drain. */
export interface LeavingMessage {
  readonly type: 'leaving'
  /**
   * `signal`: somebody sent it SIGTERM or SIGINT. `crash`: an uncaught error. `hung`: a thread that
   * cannot be ended.
   */
  readonly why: 'signal' | 'crash' | 'hung'
}

/** It has stopped accepting, by itself or because it was told to. */
export interface DrainingMessage {
  readonly type: 'draining'
}

/** Nothing is in flight any more. It ends now, unless a thread cannot be ended: then it must be killed. */
export interface DrainedMessage {
  readonly type: 'drained'
}

export type InputMessage = InputDeathMessage | InputHarmlessMessage

/** An input has ended the thread that it ran on. */
export interface InputDeathMessage extends RunRecord {
  readonly type: 'input-death'
  readonly how: Exclude<DeathCause, 'process'>
}

/** An input from the list of {@link KnownInputsMessage} has run to its end. */
export interface InputHarmlessMessage {
  readonly type: 'input-harmless'
  readonly fingerprint: string
}

/** What the primary tells an HTTP process. */
export interface DrainMessage {
  readonly type: 'drain'
  /** Milliseconds in which it says that it is not ready and still serves, for load balancers. */
  readonly delayMs: number
}

/** The inputs that threads or processes died of, as far as is known. Each message replaces the one before. */
export interface KnownInputsMessage {
  readonly type: 'known-inputs'
  readonly inputs: readonly KnownInput[]
}

export interface KnownInput {
  readonly task: string
  readonly fingerprint: string
  /** Refused until then, on the clock of `Date.now()`; null for one that is only suspected. */
  readonly until: number | null
}

/** The lowest level to be logged from now on, on its threads too. */
export interface LogLevelMessage {
  readonly type: 'log-level'
  readonly level: LogLevel
}

/** It is to be looked into: see `diagnosis.ts`. */
export interface DiagnoseMessage extends DiagnosisOrder {
  readonly type: 'diagnose'
  /** Where the primary waits for the answer. */
  readonly address: string
  /** Known to nobody else. */
  readonly key: string
}

export type PrimaryMessage = DrainMessage | KnownInputsMessage | LogLevelMessage | DiagnoseMessage
