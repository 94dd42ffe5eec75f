import { type LogLevel, logLevels } from '../protocol/operators-api.ts'
import type { Logger } from './logger.ts'

/**
 * The level in force in one process, in a word of memory that its threads see as well: one in a synchronous
 * loop receives no message, and its next line is to be of the new level all the same.
 */
export class SharedLogLevel {
  /** To be given to a thread, which makes its own SharedLogLevel from it. */
  readonly shared: SharedArrayBuffer
  readonly #word: Int32Array<SharedArrayBuffer>

  constructor(shared = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.shared = shared
    this.#word = new Int32Array(shared)
  }

  static of(level: LogLevel): SharedLogLevel {
    const shared = new SharedLogLevel()
    shared.level = level
    return shared
  }

  get level(): LogLevel {
    return logLevels[Atomics.load(this.#word, 0)] ?? 'info'
  }

  set level(level: LogLevel) {
    Atomics.store(this.#word, 0, logLevels.indexOf(level))
  }

  /** Gives a logger the level, and with it the loggers that were made from it. Takes some nanoseconds where it has it. */
  applyTo(log: Logger): Logger {
    const { level } = this
    if (log.level !== level) log.level = level
    return log
  }
}
