/** What each request computes, and how long its client waits, counted from when it was to be sent. */
export const LOAD = { busyMs: 20, deadlineMs: 1000, cutOffMs: 1250 } as const

/** What a generator is asked to do; sent to its process. */
export interface LoadJob {
  /** `open`: arrivals by the clock. `closed`: this many clients, each waiting for its answer. */
  readonly arrivals:
    | { readonly kind: 'open'; readonly perSecond: number; readonly seed: number }
    | { readonly kind: 'closed'; readonly clients: number }
  readonly url: string
  readonly path: string
  /** What opens the kept connections before the load: a cheap path. */
  readonly lightPath: string
  /** Milliseconds that each request computes. */
  readonly busyMs: number
  /** From the arrival to the answer; sent as `X-Timeout-Ms`. */
  readonly deadlineMs: number
  /** When a client hangs up, counted like the deadline. */
  readonly cutOffMs: number
  /** Time before the requests that count. */
  readonly warmUpSeconds: number
  readonly seconds: number
}

/**
 * How a request ended: `good` within the deadline, `late` after it, `refused` at the door, `given-up` by the
 * server after it had been taken, `cut-off` by the client, `failed` otherwise.
 */
export type Ending = 'good' | 'late' | 'refused' | 'given-up' | 'cut-off' | 'failed'

export interface LoadRecord {
  /** When it was to be sent, in milliseconds since the first that counts; negative in the warm-up. */
  readonly offeredAtMs: number
  /** By how much it was sent later than that. */
  readonly latenessMs: number
  /** 0 where there was no answer. */
  readonly status: number
  /** From when it was to be sent: a generator that falls behind must not hide a wait. */
  readonly latencyMs: number
  readonly ending: Ending
  /** The error code of an answer or of a connection. */
  readonly code?: string
}

export interface LoadReport {
  readonly records: readonly LoadRecord[]
  /** Of one core, while the load ran. */
  readonly cpuShare: number
}
