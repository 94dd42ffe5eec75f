/** What an HTTP process tells the primary. */
export type HttpProcessMessage = ReadyMessage | StartFailedMessage | DrainedMessage

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

/** Nothing is in flight any more. It ends now, unless a thread cannot be ended: then it must be killed. */
export interface DrainedMessage {
  readonly type: 'drained'
}

/** What the primary tells an HTTP process. */
export interface DrainMessage {
  readonly type: 'drain'
}

export type PrimaryMessage = DrainMessage
