import type { Response } from 'express'
import { factsOf, noteTimes, PHASES } from './middleware/request-log.ts'

/**
 * Tells the caller where the time went, as far as it has: `Server-Timing: body;dur=1.24, queue;dur=0.05, …`. To be
 * called right before the answer; without a phase that took place there is no header.
 */
export function tellTimes(response: Response): void {
  noteTimes(response)
  const facts = factsOf(response)
  const metrics = PHASES.filter((phase) => facts[`${phase}Ms`] !== undefined).map(
    (phase) => `${phase};dur=${facts[`${phase}Ms`]}`,
  )
  if (metrics.length > 0) response.setHeader('Server-Timing', metrics.join(', '))
}
