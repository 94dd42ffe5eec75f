import { createHash } from 'node:crypto'

/*
 * How one HTTP process asks another to run a task on a thread that is free there. It is HTTP on a local
 * socket, because that has framing, flow control and an end of the connection when a process ends:
 *
 *   POST with Expect: 100-continue, the request in a header    →
 *                                   ←  503: no thread is free, or 100
 *   the body                                                   →
 *                                   ←  503: none is free any more, or 102: it begins, and then 200 with the answer
 *
 * Nothing has run before the 102, which is written before the run starts. Whoever sees no 102 has its
 * request still, and runs it elsewhere.
 */

/** The request without its body, as JSON in the URL's encoding. */
export const RUN_HEADER = 'x-offloop-run'
/** The key of the cluster. */
export const KEY_HEADER = 'x-offloop-key'
/** What kind of answer the body is: a {@link SharedAnswerKind}. */
export const KIND_HEADER = 'x-offloop-kind'

/** What the thread took to encode what it made, in milliseconds. */
export const ENCODE_HEADER = 'x-offloop-encode-ms'

/** `succeeded`: what the task made. `refused`: a `TaskRefused` as JSON. `problem`: a {@link SharedProblem} as JSON. */
export type SharedAnswerKind = 'succeeded' | 'refused' | 'problem'

export interface SharedRunRequest {
  readonly task: string
  readonly requestId: string
  readonly contentType?: string
  readonly contentEncoding?: string
  readonly accept?: string
  readonly query: string
  readonly traceparent: string
  readonly tracestate?: string
  /** What is left of the time in which the caller wants its answer; absent where it did not say. */
  readonly patienceMs?: number
}

/** The run ended with an error of the server. */
export interface SharedProblem {
  readonly code: string
  readonly message: string
  readonly details: Readonly<Record<string, unknown>> | undefined
}

/** Large enough for the longest URL that Node takes, encoded. */
export const MAX_HEADER_BYTES = 128 * 1024

export function encodeRun(run: SharedRunRequest): string {
  return encodeURIComponent(JSON.stringify(run))
}

/** The header of a process of this cluster, so it is what it says it is, though perhaps of an earlier release. */
export function decodeRun(header: string): SharedRunRequest {
  const run = JSON.parse(decodeURIComponent(header)) as SharedRunRequest
  return { ...run, traceparent: run.traceparent ?? NO_TRACE }
}

/** Of a release that did not say it yet. Whoever is passed this on begins a trace of its own. */
const NO_TRACE = `00-${'0'.repeat(32)}-${'0'.repeat(16)}-00`

/**
 * Where a process listens for its siblings: in Linux' abstract namespace, which needs no file that could be
 * left behind. Others on the machine can see a name there once it is taken, not guess it before.
 */
export function siblingAddress(pid: number, key: string): string {
  const secret = createHash('sha256').update(`${key} ${pid}`).digest('hex').slice(0, 32)
  return `\0offloop-${pid}-${secret}`
}
