import type { LoopResult } from './closed-loop.ts'

/** What else it needs to know is its own. */
export interface Job {
  readonly seconds: number
  readonly [name: string]: unknown
}

/**
 * Has a contender of `bench/contenders/parts/without-http.mjs` do a job.
 *
 * @throws where one of its results was wrong
 */
export async function askAlone(url: string, job: Job): Promise<LoopResult> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(job) })
  return (await response.json()) as LoopResult
}
