import type { Response } from 'express'
import { factsOf, noteTimes, type RequestFacts } from './middleware/request-log.ts'

/**
 * Tells the caller where the time went, as far as it has: `Server-Timing: body;dur=1.24, queue;dur=0.05, …`. To be
 * called right before the answer; without a phase that took place there is no header.
 */
export function tellTimes(response: Response): void {
  noteTimes(response)
  const value = serverTiming(factsOf(response))
  if (value !== '') response.setHeader('Server-Timing', value)
}

function serverTiming({ bodyMs, queueMs, runMs, encodeMs }: RequestFacts): string {
  // They end in this order, so what is absent is at the end.
  if (bodyMs === undefined) return ''
  if (queueMs === undefined) return `body;dur=${bodyMs}`
  if (runMs === undefined) return `body;dur=${bodyMs}, queue;dur=${queueMs}`
  const run = `body;dur=${bodyMs}, queue;dur=${queueMs}, run;dur=${runMs}`
  return encodeMs === undefined ? run : `${run}, encode;dur=${encodeMs}`
}
