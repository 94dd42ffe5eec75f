import type { Session } from 'node:inspector/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Worker as NodeThread } from 'node:worker_threads'
import { ProblemError } from '../../errors.ts'
import { escapeNames } from './escape-names.ts'
import { inTime } from './in-time.ts'

/** A thread that V8 cannot interrupt (native code) does not begin or end a profile before it returns from there. */
const REPLY_MS = 10_000

/**
 * Profiles the main thread of this process for a while.
 *
 * @param signal ends the profile, which is then thrown away
 * @returns the text of a `.cpuprofile`
 * @throws {ProblemError} `DIAGNOSIS_UNAVAILABLE` where Node was built without an inspector
 * @throws the reason of the signal
 */
export async function profileMainThread(ms: number, signal: AbortSignal): Promise<string> {
  const session = await openSession()
  try {
    await session.post('Profiler.enable')
    await session.post('Profiler.start')
    await sleep(ms, undefined, { signal })
    return JSON.stringify((await session.post('Profiler.stop')).profile)
  } finally {
    // It ends the profile too. A process that exits with a session open waits for a debugger.
    session.disconnect()
  }
}

/**
 * Profiles one thread for a while, which may be busy: V8 interrupts it. It is not named what the thread was in
 * the middle of when the profile began and has been at for long, in a loop without a call (seen with Node 26.10; it seems
 * that V8 has replaced such a loop's code on the fly, and tells the profiler nothing of code that is there already): its time stands under its caller.
 *
 * @param signal ends the profile, which is then thrown away
 * @returns the text of a `.cpuprofile`
 * @throws {ProblemError} `DIAGNOSIS_UNAVAILABLE` before Node.js 24.8; `DIAGNOSIS_FAILED` where the thread ends or does not reply
 * @throws the reason of the signal
 */
export async function profileThread(thread: NodeThread, ms: number, signal: AbortSignal): Promise<string> {
  assertCanProfileThreads(thread)
  const started = thread.startCpuProfile()
  const handle = await inTime(REPLY_MS, 'The thread', started).catch((error: unknown) => {
    // One that begins later is nobody's.
    void started.then((late) => late.stop()).catch(() => {})
    throw error
  })
  try {
    await sleep(ms, undefined, { signal })
  } catch (error) {
    void handle.stop().catch(() => {})
    throw error
  }
  return escapeNames(await inTime(REPLY_MS, 'The thread', handle.stop()))
}

function assertCanProfileThreads(thread: Partial<NodeThread>): void {
  if (thread.startCpuProfile !== undefined) return
  throw new ProblemError(
    'DIAGNOSIS_UNAVAILABLE',
    `Cannot profile a thread with Node.js ${process.versions.node}: expected 24.8 or later`,
  )
}

async function openSession(): Promise<Session> {
  try {
    // Node can be built without it.
    const inspector = await import('node:inspector/promises')
    const session = new inspector.Session()
    session.connect()
    return session
  } catch (error) {
    throw new ProblemError(
      'DIAGNOSIS_UNAVAILABLE',
      'Cannot profile with this Node.js: it was built without an inspector',
      { cause: error },
    )
  }
}
