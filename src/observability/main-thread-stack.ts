import { readFileSync } from 'node:fs'
import type { Session } from 'node:inspector'
import { monotonicMs, type StallBeats } from './stall-beats.ts'

/** One call on a stack, as V8 describes it. */
export interface Frame {
  /** `Pool.take`, `new Pool`, `async run`; empty for a function without a name. */
  readonly name: string
  /** A path, a file URL or `node:fs`; empty for what has no file, as `RegExp.test`. */
  readonly file: string
  readonly line: number
  readonly column: number
  /** It stands on the first line of its function. */
  readonly onFirstLine: boolean
  /** Not on the stack: it awaits what is. */
  readonly isAsync: boolean
}

export interface StackReading {
  /** Innermost first. */
  readonly frames: readonly Frame[]
  /** When the main thread answered, by {@link monotonicMs}. */
  readonly atMs: number
  /** How long that took, without the time in which the main thread waited for a CPU. */
  readonly tookMs: number
  /** Somebody may be debugging, and the main thread stand at a breakpoint. */
  readonly inspectorOpen: boolean
}

type OwnStack = Omit<StackReading, 'tookMs'>

/**
 * Asks the main thread, from another thread, where it is; also in the middle of an endless loop.
 * In native code that V8 does not interrupt (JSON.parse, a system call) it answers afterwards.
 *
 * A question of the Runtime domain and not of the Debugger: V8 answers both at the same places, but
 * `Debugger.enable` first collects all garbage and lists all scripts. Measured with 350 scripts
 * loaded, that blocks for 40 ms, with a heap of 600 MB for 210 ms; the question below takes 0.5 to
 * 5 ms. And nothing is paused that would have to be resumed.
 *
 * @returns undefined where there is no inspector, or no answer that makes sense
 */
export async function askMainThread(beats: StallBeats): Promise<StackReading | undefined> {
  // The process must not exit while connected: it would say that it waits for a debugger.
  beats.beginAsking()
  const session = await connect()
  try {
    return session && (await timed(session))
  } catch {
    return undefined
  } finally {
    session?.disconnect()
    beats.endAsking()
  }
}

async function timed(session: Session): Promise<StackReading | undefined> {
  const askedAtMs = monotonicMs()
  const waitedMs = waitedForCpuMs()
  const answer = await evaluate(session)
  return answer && { ...answer, tookMs: answer.atMs - askedAtMs - (waitedForCpuMs() - waitedMs) }
}

/** What the main thread has waited for a CPU in its life, where the system tells (Linux); else 0. */
function waitedForCpuMs(): number {
  try {
    // Its thread has the id of the process. The second number is nanoseconds on a run queue.
    const text = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8')
    return Number(text.split(' ')[1]) / 1e6 || 0
  } catch {
    return 0
  }
}

async function connect(): Promise<Session | undefined> {
  try {
    // Node can be built without it.
    const inspector = await import('node:inspector')
    const session = new inspector.Session()
    session.connectToMainThread()
    return session
  } catch {
    return undefined
  }
}

function evaluate(session: Session): Promise<OwnStack | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<OwnStack | undefined>()
  const expression = `(${readOwnStack.toString()})()`
  session.post('Runtime.evaluate', { expression, returnByValue: true, silent: true }, (error, answer) =>
    error ? reject(error) : resolve(answer.result.value as OwnStack | undefined),
  )
  return promise
}

/**
 * Runs on the main thread, at whatever place that has come to: its source is sent there. So it refers
 * to nothing outside itself, leaves everything as it was, and uses no regular expression, because
 * it may interrupt one.
 */
function readOwnStack(): OwnStack | undefined {
  const before = Object.getOwnPropertyDescriptors(Error)
  const holder: { stack?: unknown } = {}
  try {
    Error.stackTraceLimit = 20
    Error.prepareStackTrace = (_, sites) => sites
    Error.captureStackTrace(holder, readOwnStack)
    void holder.stack
  } finally {
    const { prepareStackTrace, stackTraceLimit } = before
    if (prepareStackTrace) Object.defineProperty(Error, 'prepareStackTrace', prepareStackTrace)
    else Reflect.deleteProperty(Error, 'prepareStackTrace')
    if (stackTraceLimit) Object.defineProperty(Error, 'stackTraceLimit', stackTraceLimit)
    else Reflect.deleteProperty(Error, 'stackTraceLimit')
  }
  if (!Array.isArray(holder.stack)) return undefined
  // The outermost scope of the expression comes first.
  const sites = holder.stack.slice(1) as (NodeJS.CallSite & { toString(): string })[]
  return {
    atMs: Number(process.hrtime.bigint()) / 1e6,
    inspectorOpen: process.getBuiltinModule('node:inspector').url() !== undefined,
    frames: sites.map((site) => {
      const text = site.toString()
      const at = {
        fileName: site.getScriptNameOrSourceURL() ?? '',
        lineNumber: site.getLineNumber() ?? 0,
        columnNumber: site.getColumnNumber() ?? 0,
      }
      // Only where somebody asked Node to map sources, as tsx does.
      const map = process.sourceMapsEnabled
        ? process.getBuiltinModule('node:module').findSourceMap(at.fileName)
        : undefined
      const origin: Partial<typeof at> = map?.findOrigin(at.lineNumber, at.columnNumber) ?? {}
      const place = { ...at, ...origin }
      return {
        name: text.includes(' (') ? text.slice(0, text.lastIndexOf(' (')) : '',
        file: place.fileName,
        line: place.lineNumber,
        column: place.columnNumber,
        onFirstLine: at.lineNumber === site.getEnclosingLineNumber(),
        isAsync: site.isAsync(),
      }
    }),
  }
}
