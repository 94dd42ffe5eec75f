import type { ProcessVitals } from './operators-api.ts'

/** What an HTTP process tells the primary. */
export type HttpProcessMessage =
  | ReadyMessage
  | StartFailedMessage
  | HeartbeatMessage
  | LeavingMessage
  | DrainingMessage
  | DrainedMessage

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

/** What the primary tells an HTTP process. */
export interface DrainMessage {
  readonly type: 'drain'
  /** Milliseconds in which it says that it is not ready and still serves, for load balancers. */
  readonly delayMs: number
}

export type PrimaryMessage = DrainMessage
