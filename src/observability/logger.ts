import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { isatty } from 'node:tty'
import { isMainThread } from 'node:worker_threads'
import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions, symbols } from 'pino'
import type PinoPretty from 'pino-pretty'
import type { Config } from '../config/settings.ts'

export type { Logger } from 'pino'

export interface LoggerOptions {
  readonly level: Config['logLevel']
  /** Which of the three rooms writes, or the sentinel that watches the event loop of one. */
  readonly role: 'primary' | 'http' | 'thread' | 'sentinel'
  readonly slot?: number
}

/** Never written, at whichever of the first three levels of a line they stand. */
const SECRETS = ['authorization', 'cookie', 'set-cookie', 'password', 'token', 'secret', 'x-api-key']

/** A logger to standard output: JSON, one line an event; coloured text where that is a terminal. */
export function createLogger(
  { level, role, slot }: LoggerOptions,
  stream: DestinationStream = standardOutput(),
): Logger {
  return pino(
    {
      level,
      base: { pid: process.pid, role, ...(slot !== undefined && { slot }) },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: SECRETS.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]),
        censor: '[redacted]',
      },
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
  const stream = log[symbols.streamSym as never] as { flushSync?: () => void }
  if (outcome === 'late') stream.flushSync = () => {}
}

const STDOUT_FD = 1

/**
 * Threads write to the descriptor themselves and synchronously: their `process.stdout` would pass
 * each line through the event loop of their HTTP process. The event loops write asynchronously;
 * pino flushes what is left when the process exits.
 */
function standardOutput(): DestinationStream {
  const sync = !isMainThread
  if (!isatty(STDOUT_FD)) return boundedDestination(sync)
  // Loaded only where a person reads: not in a container, not in every process of a server.
  const pretty = createRequire(import.meta.url)('pino-pretty') as typeof PinoPretty
  return pretty({
    destination: STDOUT_FD,
    sync: true,
    ignore: 'pid,role,hostname',
    translateTime: 'HH:MM:ss.l',
    singleLine: true,
  })
}

/** What may wait for a reader of standard output that is slow or has stopped: the process must not grow without end. */
const MOST_BUFFERED_BYTES = 16 * 1024 * 1024

function boundedDestination(sync: boolean): DestinationStream {
  const stream = destination({
    fd: STDOUT_FD,
    sync,
    maxLength: MOST_BUFFERED_BYTES,
    // Lines are written at once all the same; with 0 a flush would not wait for them.
    minLength: 1,
  })
  stream.once('drop', () => {
    process.stderr.write('offloop: Log lines are lost: nobody reads standard output fast enough\n')
  })
  return stream
}
