import type { Logger } from '../observability/logger.ts'
import { type LogLevel, type LogLevelChange, logLevels } from '../protocol/operators-api.ts'
import type { LogLevelMessage } from '../protocol/process-messages.ts'

export interface ClusterLogLevelOptions {
  /** That of the primary, whose level is that of the cluster. */
  readonly log: Logger
  /** Reaches every process that there is, whatever its state. */
  readonly tellAll: (message: LogLevelMessage) => void
}

/** The lowest level that is logged, in the primary, in all HTTP processes and on their threads. */
export class ClusterLogLevel {
  readonly #options: ClusterLogLevelOptions

  constructor(options: ClusterLogLevelOptions) {
    this.#options = options
  }

  get level(): LogLevel {
    return this.#options.log.level as LogLevel
  }

  /** What a process that starts has to know. */
  get message(): LogLevelMessage {
    return { type: 'log-level', level: this.level }
  }

  change(logLevel: LogLevel): LogLevelChange {
    const { log, tellAll } = this.#options
    const change = { logLevelBefore: this.level, logLevel }
    if (change.logLevelBefore !== logLevel) {
      const { writtenAt, level } = lineOfChange(change)
      log.level = writtenAt
      if (level !== 'silent') log[level](change, 'log level changed')
      log.level = logLevel
    }
    tellAll(this.message)
    return change
  }
}

/**
 * How the line that tells of a change is written: while the level that lets more through is in force, and no
 * less severe than that. Whoever reads the log sees why it falls silent, and why it no longer is.
 */
export function lineOfChange({ logLevelBefore, logLevel }: LogLevelChange): {
  readonly writtenAt: LogLevel
  readonly level: LogLevel
} {
  const isMore = logLevels.indexOf(logLevel) > logLevels.indexOf(logLevelBefore)
  const writtenAt = isMore ? logLevel : logLevelBefore
  return { writtenAt, level: logLevels.indexOf(writtenAt) < logLevels.indexOf('info') ? writtenAt : 'info' }
}
