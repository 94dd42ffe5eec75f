import { tmpdir } from 'node:os'
import { join } from 'node:path'

/*
 * How something large comes from an HTTP process to whoever asked the primary for it: not over the channel between the two,
 * which is JSON and full of other things, and not through the memory of the primary.
 *
 * The primary listens on a local socket of a random name, for one answer, and tells the process over the channel. The process
 * connects, and from then on it is the server of this one connection: the primary sends a request, and the answer is a
 * status with the file or an error as JSON. HTTP, because that has flow control, tells a whole answer from one that
 * was cut off, and lets either side notice that the other one has gone.
 */

export const diagnosisKinds = ['profile', 'heap-snapshot', 'report'] as const
/** What is large, or takes time. */
export type DiagnosisKind = (typeof diagnosisKinds)[number]

/** What is wanted of a process. */
export interface DiagnosisOrder {
  readonly kind: DiagnosisKind
  /** A thread's number; undefined for the main thread. */
  readonly thread: number | undefined
  /** Of a profile. */
  readonly seconds: number
}

/** The answer carries it, so that it can be of nobody else: other users of the machine can connect as well. */
export const DIAGNOSIS_KEY_HEADER = 'x-offloop-key'

/** The body of an answer above 200: members of a `ProblemError`. */
export interface DiagnosisProblem {
  readonly code: string
  readonly message: string
}

/** A local socket that nobody has: in Linux' abstract namespace, which needs no file that could be left behind. */
export function diagnosisAddress(secret: string): string {
  const name = `offloop-${secret}`
  if (process.platform === 'linux') return `\0${name}`
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`)
}
