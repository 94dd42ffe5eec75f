import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { LoopResult } from './closed-loop.ts'
import type { ExpectedAnswer } from './expected-answer.ts'
import { fileOf } from './start-offloop.ts'

/** One request with a body of megabytes, or an answer. Each answer is looked at. */
export interface LargeRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly contentType?: string
  /** Read once. */
  readonly bodyFile?: string
  readonly expected: ExpectedAnswer
}

export interface LargeRequests {
  readonly url: string
  /** Sent in turn. */
  readonly requests: readonly LargeRequest[]
  readonly clients: number
  readonly seconds: number
}

/**
 * Sends them from another process, by clients that keep their connections and wait for their answers.
 *
 * @throws where an answer was wrong or did not come
 */
export async function sendLargeRequests(load: LargeRequests): Promise<LoopResult> {
  const child = fork(fileOf('bench/harness/large-requests-process.ts'))
  const answered = once(child, 'message') as Promise<[LoopResult]>
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`The requests to ${load.url} ended with code ${code}`)
  })
  ended.catch(() => {})
  child.send(load)
  const [result] = await Promise.race([answered, ended])
  return result
}
