import { fstatSync } from 'node:fs'
import { createRequire } from 'node:module'
import { isatty } from 'node:tty'
import { isMainThread } from 'node:worker_threads'
import { type DestinationStream, destination } from 'pino'
import type PinoPretty from 'pino-pretty'
import { wholeLine } from './whole-line.ts'

const STDOUT_FD = 1

/** Where log lines go: standard output, as text where that is a terminal. */
export function standardOutput(): DestinationStream {
  if (!isatty(STDOUT_FD)) return new StandardOutput()
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

/** What may wait for a reader that is slow or has stopped: the process must not grow without end. */
const MOST_BUFFERED_BYTES = 16 * 1024 * 1024

/**
 * Standard output, which all processes and threads of the cluster share: what one of them writes stays in one
 * piece, because no write carries more than the kernel takes as a whole.
 *
 * Threads write synchronously: their `process.stdout` would pass each line through the event loop of their
 * HTTP process. The event loops write asynchronously, and what is left when the process exits, pino has written
 * then, unless {@link StandardOutput.giveUp} was called.
 */
export class StandardOutput implements DestinationStream {
  readonly #mostBytes = mostBytesAWrite()
  readonly #stream: ReturnType<typeof destination>
  /** The newest write has failed, so that another one before the exit would do so too, again and again. */
  #failing = false
  #told = false

  constructor() {
    const stream = destination({
      // By way of `process.stdout`, which makes a pipe one that never blocks: an exit would wait for ever for a
      // write that does.
      fd: STDOUT_FD,
      sync: !isMainThread,
      maxLength: MOST_BUFFERED_BYTES,
      maxWrite: this.#mostBytes,
      // Lines are written at once all the same; with 0 a flush would not wait for them.
      minLength: 1,
    })
    const flushSync = stream.flushSync.bind(stream)
    stream.flushSync = () => {
      if (!this.#failing) flushSync()
    }
    stream.on('drop', () => this.#tell('nobody reads standard output fast enough'))
    // A full disk, for instance. What was to be written is tried again with the next line.
    stream.on('error', (error: Error) => {
      this.#failing = true
      this.#tell(error.message)
    })
    stream.on('write', () => {
      this.#failing = false
    })
    this.#stream = stream
  }

  write(line: string): void {
    this.#stream.write(wholeLine(line, this.#mostBytes))
  }

  flush(done: () => void): void {
    this.#stream.flush(done)
  }

  /** Nothing more is written when the process exits. */
  giveUp(): void {
    this.#stream.flushSync = () => {}
  }

  #tell(reason: string): void {
    if (this.#told) return
    this.#told = true
    process.stderr.write(`offloop: Log lines are lost: ${reason}\n`)
  }
}

/** `PIPE_BUF` of Linux: writes to a pipe that are longer may be mixed with those of others. */
const PIPE_BYTES = 4096
/**
 * Files and sockets take as much as sonic-boom writes at once, which is the longest line that Docker keeps in
 * one piece.
 */
const OTHER_BYTES = 16 * 1024

function mostBytesAWrite(): number {
  return fstatSync(STDOUT_FD).isFIFO() ? PIPE_BYTES : OTHER_BYTES
}
