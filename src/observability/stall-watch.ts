import { extname } from 'node:path'
import { Worker as NodeThread } from 'node:worker_threads'
import type { StallSummary } from '../protocol/operators-api.ts'
import type { SharedLogLevel } from './log-level.ts'
import { createLogger } from './logger.ts'
import { StallBeats } from './stall-beats.ts'
import { stallLimits } from './stall-policy.ts'
import type { SentinelData } from './stall-sentinel.ts'
import { NO_STALLS } from './stall-totals.ts'

export interface StallWatchOptions {
  /** A stall that is longer is counted; one that is longer by half as much again surely is. */
  readonly thresholdMs: number
  /** After a stall of this length something else ends the process; where it hangs is told well before. */
  readonly hangMs: number
  readonly logLevel: SharedLogLevel
  readonly slot?: number
  /** Of this process on the cluster's board; without one nobody can ask where the loop is. */
  readonly seat?: number
}

export interface StallWatch {
  /** Stalls that have ended since the start. */
  summary(): StallSummary
  /** Ends the watching. Further calls change nothing. */
  close(): Promise<void>
}

/** Longest time that an exit waits for a question that is open. Answers take up to 5 ms. */
const LAST_ANSWER_MS = 200

/**
 * Starts watching this thread's event loop from a thread of its own, the sentinel, which says where
 * the loop stands still while it does. Neither keeps the process alive. A sentinel that fails is
 * logged, and nobody watches from then on.
 *
 * To be called on the main thread of a process: that is the one the sentinel asks.
 */
export function startStallWatch(options: StallWatchOptions): StallWatch {
  const limits = stallLimits(options.thresholdMs, options.hangMs)
  const beats = new StallBeats()
  const beat = () => beats.beat(limits.thresholdMs + limits.beatEveryMs)
  beat()
  const timer = setInterval(beat, limits.beatEveryMs).unref()
  // A process that exits while the sentinel asks would print that it waits for a debugger.
  const leave = () => beats.waitWhileAsking(LAST_ANSWER_MS)
  process.on('exit', leave)
  const stop = () => {
    clearInterval(timer)
    process.off('exit', leave)
  }

  let summary = NO_STALLS
  const { logLevel, slot, seat } = options
  const data = { limits, beats: beats.shared, logLevel: logLevel.shared, slot, seat }
  const sentinel = startSentinel(data, (error) => {
    logFailure(options, error)
    stop()
  })
  sentinel?.on('message', (message: StallSummary) => {
    summary = message
  })

  return {
    summary: () => summary,
    async close() {
      stop()
      await sentinel?.terminate()
    },
  }
}

function startSentinel(data: SentinelData, onFailure: (error: unknown) => void): NodeThread | undefined {
  const file = new URL(`./stall-sentinel${extname(import.meta.url)}`, import.meta.url)
  const { NODE_OPTIONS: _, ...env } = process.env
  try {
    const sentinel = new NodeThread(file, {
      name: 'stall sentinel',
      workerData: data,
      // What this process was started with is not for the sentinel: loaders, hooks, an inspector.
      execArgv: [],
      env,
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2 },
    })
    sentinel.on('error', onFailure)
    sentinel.unref()
    return sentinel
  } catch (error) {
    // Node's permission model can forbid threads.
    onFailure(error)
    return undefined
  }
}

function logFailure({ logLevel, slot }: StallWatchOptions, error: unknown): void {
  const log = createLogger({ level: logLevel.level, role: 'http', ...(slot !== undefined && { slot }) })
  log.error({ err: error }, 'the event loop is not watched any more')
}
