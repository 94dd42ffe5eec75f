import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileOf } from '../harness/start-offloop.ts'

/** Requests for a light answer by the clock, whatever becomes of those before (an open loop). */
export interface LightRequests {
  /** Asked in turn. */
  readonly urls: readonly string[]
  /** Of each address. */
  readonly perSecond: number
  readonly seconds: number
}

/** Milliseconds from when each request was due to the end of its answer, in the order of the addresses. */
export type LightTimes = readonly (readonly number[])[]

/**
 * Asks from a process of its own, so that no other work of the benchmark makes it late.
 *
 * @throws where an answer is anything but 200 and "alive", or does not come
 */
export async function askLightly(job: LightRequests): Promise<LightTimes> {
  const child = fork(fileOf('bench/isolation/light-requests-process.ts'))
  const answered = once(child, 'message') as Promise<[LightTimes]>
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`The light requests to ${job.urls.join(' and ')} ended with code ${code}`)
  })
  ended.catch(() => {})
  child.send(job)
  const [times] = await Promise.race([answered, ended])
  return times
}
