import type { Config } from '../config/settings.ts'
import type { StallSummary } from '../protocol/operators-api.ts'

export interface StallWatch {
  summary(): StallSummary
  close(): Promise<void>
}

export function startStallWatch(_options: {
  thresholdMs: number
  hangMs: number
  logLevel: Config['logLevel']
  slot?: number
}): StallWatch {
  return { summary: () => ({ count: 0, longestMs: 0, last: null }), close: () => Promise.resolve() }
}
