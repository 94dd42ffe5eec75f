import { createRequire } from 'node:module'
import { extname } from 'node:path'
import type { SharedLogLevel } from '../observability/log-level.ts'
import type * as LoggerModule from '../observability/logger.ts'
import type { Logger } from '../observability/logger.ts'
import type { TaskLog } from '../tasks/task-context.ts'

/** What the tasks of this thread log with. pino is loaded when the first of them does: most never do. */
export class ThreadLog {
  readonly #level: SharedLogLevel
  readonly #slot: number | undefined
  #logger: Logger | undefined

  /** @param slot undefined where there is no primary */
  constructor(level: SharedLogLevel, slot: number | undefined) {
    this.#level = level
    this.#slot = slot
  }

  /**
   * Each line looks at the level anew, so that a change is seen in the middle of a loop, and by a task that
   * keeps its `log`.
   *
   * @param bindings what each line has
   */
  of(bindings: object): TaskLog {
    let child: Logger | undefined
    const write =
      (level: keyof TaskLog) =>
      (...line: Parameters<TaskLog['info']>): void => {
        const logger = this.#current()
        if (!logger.isLevelEnabled(level)) return
        child ??= logger.child(bindings)
        child[level](...(line as [object, string]))
      }
    return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
  }

  #current(): Logger {
    this.#logger ??= loggerModule().createLogger({
      level: this.#level.level,
      role: 'thread',
      ...(this.#slot !== undefined && { slot: this.#slot }),
    })
    return this.#level.applyTo(this.#logger)
  }
}

/** As `.ts` from source and as `.js` when built. */
function loggerModule(): typeof LoggerModule {
  return createRequire(import.meta.url)(`../observability/logger${extname(import.meta.url)}`)
}
