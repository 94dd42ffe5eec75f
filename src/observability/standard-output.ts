import { constants, fstatSync, readFileSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { isatty } from 'node:tty'
import { isMainThread } from 'node:worker_threads'
import { type DestinationStream, destination, levels, symbols } from 'pino'
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

/** So long an event loop keeps lines that are no warnings, to write several at once. */
const HOLD_MS = 10

/**
 * Standard output, which all processes and threads of the cluster share: what one of them writes stays in one
 * piece, because no write carries more than the kernel takes as a whole.
 *
 * Threads write each line, and synchronously: their `process.stdout` would pass it through the event loop of their
 * HTTP process. An event loop collects lines for some milliseconds, unless one is a warning or worse. Where
 * standard output never blocks it then writes them itself; libuv's threads would be woken for it, and wake the loop.
 * Where it may block, or its reader is slow, sonic-boom writes asynchronously.
 *
 * What is left when the process exits is written then, unless {@link StandardOutput.giveUp} was called.
 */
export class StandardOutput implements DestinationStream {
  /** Asks pino for {@link lastLevel}. */
  readonly [symbols.needsMetadataGsym] = true
  /** The level of the line that is written next. */
  lastLevel = 0
  readonly #mostBytes = mostBytesAWrite()
  readonly #neverBlocks: boolean
  readonly #stream: ReturnType<typeof destination>
  /** The newest write has failed, so that another one before the exit would do so too, again and again. */
  #failing = false
  /** Lines wait in the stream, and later ones stand behind them. */
  #waiting = false
  #held = ''
  #heldBytes = 0
  #holdTimer: NodeJS.Timeout | undefined
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
    stream.on('drain', () => {
      this.#waiting = false
    })
    this.#stream = stream
    this.#neverBlocks = isMainThread && neverBlocks()
    // Before what pino does then, which is to wait until the stream is empty.
    if (this.#neverBlocks) process.prependListener('exit', () => this.#release())
  }

  write(line: string): void {
    const whole = wholeLine(line, this.#mostBytes)
    if (this.#neverBlocks) this.#hold(whole)
    else this.#stream.write(whole)
  }

  flush(done: () => void): void {
    this.#release()
    this.#stream.flush(done)
  }

  /** Nothing more is written when the process exits. */
  giveUp(): void {
    this.#stream.flushSync = () => {}
  }

  #hold(line: string): void {
    const bytes = Buffer.byteLength(line)
    if (this.#heldBytes + bytes > this.#mostBytes) this.#release()
    this.#held += line
    this.#heldBytes += bytes
    if (this.lastLevel >= WARN) this.#release()
    else this.#holdTimer ??= setTimeout(() => this.#release(), HOLD_MS).unref()
  }

  #release(): void {
    clearTimeout(this.#holdTimer)
    this.#holdTimer = undefined
    const lines = this.#held
    if (lines === '') return
    this.#held = ''
    this.#heldBytes = 0
    if (!this.#waiting && writeAtOnce(lines)) return
    this.#waiting = true
    this.#stream.write(lines)
  }

  #tell(reason: string): void {
    if (this.#told) return
    this.#told = true
    process.stderr.write(`offloop: Log lines are lost: ${reason}\n`)
  }
}

const WARN = levels.values.warn ?? 0

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

/** Whether a write to standard output is refused where there is no room for it, as Linux tells. */
function neverBlocks(): boolean {
  try {
    const flags =
      /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${STDOUT_FD}`, 'utf8'))?.[1] ?? ''
    return !fstatSync(STDOUT_FD).isFile() && (Number.parseInt(flags, 8) & constants.O_NONBLOCK) !== 0
  } catch {
    return false
  }
}

/** @returns false where nothing was written: there is no room, or nobody reads any more */
function writeAtOnce(lines: string): boolean {
  try {
    // So few bytes are taken as a whole or not at all.
    writeSync(STDOUT_FD, lines)
    return true
  } catch {
    return false
  }
}
