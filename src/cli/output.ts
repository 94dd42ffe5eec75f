import { styleText } from 'node:util'

/** How a piece of text is emphasised, where emphasis can be seen. */
export type Emphasis = 'bold' | 'dim' | 'red' | 'green' | 'yellow'
export type Paint = (emphasis: Emphasis, text: string) => string

/** Colours on a terminal; text as it is elsewhere, and where NO_COLOR is set. */
export const terminalPaint: Paint = (emphasis, text) => styleText(emphasis, text, { stream: process.stdout })

/** A line, or a block of lines, for whoever reads standard output. */
export function print(text: string): void {
  write(`${text}\n`)
}

/** Writes to standard output. Ends the command where nobody reads any more, as `| head` does. */
export function write(text: string): void {
  if (process.stdout.listenerCount('error') === 0) {
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      process.exit()
    })
  }
  process.stdout.write(text)
}

/** The sentence of an error, for a person and not for a program. */
export function printError(sentence: string): void {
  process.stderr.write(`offloop: ${sentence}\n`)
}

/** Tells a person who waits what for; silent where standard error is a file or a pipe. */
export function printWaiting(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${styleText('dim', text, { stream: process.stderr })}\n`)
}

/** Columns that there are to write in. */
export function outputWidth(): number {
  return process.stdout.columns ?? 100
}
