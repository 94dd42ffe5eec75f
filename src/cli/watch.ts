import { setTimeout as sleep } from 'node:timers/promises'
import { EXIT, UnreachableError } from './failure.ts'
import { outputWidth, print, printError, terminalPaint, write } from './output.ts'

export interface WatchOptions {
  readonly everyMs: number
  /** One text a line for a program, nothing around it. */
  readonly json: boolean
}

/**
 * Shows what `look` finds, again and again, until a signal ends the command with exit code 0. A primary
 * that is away for a moment is waited for; any other error ends it.
 */
export async function watch(look: () => Promise<{ text: string }>, options: WatchOptions): Promise<never> {
  const onScreen = process.stdout.isTTY && !options.json
  const leave = () => {
    if (onScreen) write(SCREEN_AS_BEFORE)
  }
  endOnSignal(leave)
  if (onScreen) write(SCREEN_PREPARED)
  try {
    for (let last = ''; ; await sleep(options.everyMs)) {
      const { text, away } = await lookOnce(look)
      if (onScreen)
        write(frame([...(away ? [terminalPaint('red', away), last] : [text]), hint(options)], screenRows()))
      else if (away) printError(away)
      else print(options.json ? text : `${text}\n`)
      last = text || last
    }
  } finally {
    leave()
  }
}

/**
 * What to write so that a screen shows a page instead of the one before, without a moment in which it
 * is empty: from the top left corner, each line to its end, then nothing below. What does not fit is cut.
 */
export function frame(blocks: readonly string[], rows: number): string {
  const lines = blocks.join('\n\n').split('\n').slice(0, rows)
  return `${HOME}${lines.map((line) => line + CLEAR_LINE).join('\r\n')}${CLEAR_BELOW}`
}

const HOME = '\x1b[H'
const CLEAR_LINE = '\x1b[K'
const CLEAR_BELOW = '\x1b[J'
/** No cursor and no wrapping of long lines while the page is shown. */
const SCREEN_PREPARED = '\x1b[2J\x1b[?25l\x1b[?7l'
const SCREEN_AS_BEFORE = '\x1b[?25h\x1b[?7h\r\n'

async function lookOnce(look: () => Promise<{ text: string }>): Promise<{ text: string; away?: string }> {
  try {
    return { text: (await look()).text }
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error
    return { text: '', away: `${error.message}; trying again` }
  }
}

function hint({ everyMs }: WatchOptions): string {
  const text = `${new Date().toLocaleTimeString('en-GB')}, every ${everyMs / 1000} s, Ctrl-C ends`
  return terminalPaint('dim', text.slice(0, outputWidth()))
}

function screenRows(): number {
  return process.stdout.rows ?? 24
}

function endOnSignal(leave: () => void): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      leave()
      process.exit(EXIT.ok)
    })
  }
}
