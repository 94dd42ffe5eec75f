import { isAbsolute, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LoopStack } from '../protocol/operators-api.ts'
import type { Frame, StackReading } from './main-thread-stack.ts'

/** An answer that takes longer than this was held up by native code. A stack takes 0.5 to 5 ms. */
const PROMPT_MS = 20

const STACK_FRAMES = 10

/** Of a stack that somebody asked for. */
const MOST_FRAMES = 15

/** A line of a stack is short enough for what it has to go through. */
const MOST_NAME_CHARACTERS = 80
const MOST_PATH_CHARACTERS = 150

/** The program of the beats: a stack that has come there has left the stall. */
const BEAT_FILE = /[\\/]stall-watch\.[jt]s$/

export interface StallPlace {
  /** `handler (src/file.ts:12:3)`: the innermost call that is not Node's own. */
  readonly where: string
  readonly stack: readonly string[]
  /** Whether `where` is such a call: a chain of promises is now and then seen between two of them. */
  readonly inOwnCode: boolean
}

/**
 * Where a stall is or was, from the stack of the main thread; undefined where the answer came too
 * late to tell.
 *
 * An answer out of native code comes when that has returned, and so from the next place where V8
 * looks for interrupts: a loop or the beginning of a function. A function that has just begun is
 * innocent; the one that called it ran, or called what ran, the native code.
 *
 * @param reading the answer
 * @param endedAtMs when the stall ended, if it has
 * @param roots folders inside which paths are shown relative
 */
export function stallPlace(
  reading: StackReading,
  endedAtMs: number | undefined,
  roots: readonly string[],
): StallPlace | undefined {
  if (endedAtMs !== undefined && reading.atMs >= endedAtMs) return undefined
  const native = reading.tookMs > PROMPT_MS
  const frames = native ? withoutJustBegun(reading.frames) : reading.frames
  const running = frames.filter(({ isAsync }) => !isAsync)
  const culprit = running.find(isOurs) ?? (native ? undefined : running[0])
  if (!culprit || running.some(({ file }) => BEAT_FILE.test(file))) return undefined
  const place = describeFrame(culprit, roots)
  return {
    where: native ? `native code under ${place}` : place,
    inOwnCode: isOurs(culprit),
    stack: frames.slice(0, STACK_FRAMES).map((frame) => describeFrame(frame, roots)),
  }
}

/**
 * Where the main thread is now, for somebody who asks.
 *
 * @param reading the answer; undefined where there was none for a while
 * @param stalledMs how long its event loop has stood still
 * @param roots folders inside which paths are shown relative
 */
export function loopStack(
  reading: StackReading | undefined,
  stalledMs: number,
  roots: readonly string[],
): LoopStack {
  const frames = reading?.frames ?? []
  const culprit = frames.find((frame) => !frame.isAsync && isOurs(frame))
  return {
    state: reading === undefined ? 'native' : frames.length === 0 ? 'idle' : 'running',
    stalledMs: Math.round(stalledMs),
    where: culprit ? describeFrame(culprit, roots) : null,
    stack: frames.slice(0, MOST_FRAMES).map((frame) => describeFrame(frame, roots)),
  }
}

/** By its line: V8 tells the column of an opening parenthesis there, which one-line functions have as well. */
function withoutJustBegun(frames: readonly Frame[]): readonly Frame[] {
  const [top, ...callers] = frames
  return top?.onFirstLine ? callers : frames
}

function isOurs({ file }: Frame): boolean {
  return file !== '' && !file.startsWith('node:')
}

function describeFrame({ name, file, line, column }: Frame, roots: readonly string[]): string {
  const function_ = name.slice(0, MOST_NAME_CHARACTERS) || '<anonymous>'
  if (file === '') return `${function_} (native)`
  return `${function_} (${shortPath(file, roots).slice(-MOST_PATH_CHARACTERS)}:${line}:${column})`
}

function shortPath(file: string, roots: readonly string[]): string {
  const path = file.startsWith('file:') ? fileURLToPath(file) : file
  const inside = roots
    .map((root) => relative(root, path))
    .find((short) => isAbsolute(path) && !short.startsWith(`..${sep}`) && !isAbsolute(short))
  return inside ?? path
}
