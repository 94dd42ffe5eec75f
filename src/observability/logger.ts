import { setTimeout as sleep } from 'node:timers/promises'
import { type DestinationStream, type Logger, pino, symbols } from 'pino'
import type { Config } from '../config/settings.ts'
import { isoClock } from './iso-clock.ts'
import { CENSOR, redacted, redactedValue, SECRETS } from './redaction.ts'
import { StandardOutput, standardOutput } from './standard-output.ts'

export type { Logger } from 'pino'

export interface LoggerOptions {
  readonly level: Config['logLevel']
  /** Which of the three rooms writes, or the sentinel that watches the event loop of one. */
  readonly role: 'primary' | 'http' | 'thread' | 'sentinel'
  readonly slot?: number
}

/** A logger to standard output: JSON, one line an event; coloured text where that is a terminal. */
export function createLogger(
  { level, role, slot }: LoggerOptions,
  stream: DestinationStream = standardOutput(),
): Logger {
  return pino(
    {
      level,
      base: { pid: process.pid, role, ...(slot !== undefined && { slot }) },
      timestamp: isoClock(),
      formatters: { level: (label) => ({ level: label }), log: redacted },
      serializers: { err: redactedValue },
      // For the bindings of child loggers, which the formatter does not see. Without wildcards it costs nothing.
      redact: { paths: SECRETS.map((name) => `["${name}"]`), censor: CENSOR },
    },
    stream,
  )
}

/** Time that the last lines have to be taken. */
const FLUSH_MS = 1000

/**
 * Settles when what was logged is written, or cannot be. To be awaited before a process exits: what is left
 * then is written by sonic-boom, synchronously, and it tries again for ever where the reader has gone (EPIPE)
 * or has stopped reading (EAGAIN). A log pipeline that fails would keep the process from ending.
 */
export async function flushLog(log: Logger): Promise<void> {
  const written = new Promise<void>((resolve) => log.flush(() => resolve()))
  const timer = new AbortController()
  const late = sleep(FLUSH_MS, 'late' as const, { signal: timer.signal }).catch(() => undefined)
  const outcome = await Promise.race([written, late])
  timer.abort()
  const stream = (log as unknown as Record<symbol, unknown>)[symbols.streamSym]
  if (outcome === 'late' && stream instanceof StandardOutput) stream.giveUp()
}
