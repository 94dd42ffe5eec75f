import { setTimeout as sleep } from 'node:timers/promises'
import { ProblemError } from '../../errors.ts'
import type { LoopStack } from '../../protocol/operators-api.ts'
import type { HttpProcessHandle } from '../http-process-handle.ts'

/** The sentinel looks for questions four times a second at least, and answers within a second or two. */
const ANSWER_MS = 5000
const POLL_MS = 10

/**
 * Where the main thread of a process is, by its sentinel, also where its event loop hangs.
 *
 * @throws {ProblemError} `DIAGNOSIS_UNAVAILABLE` where it has no sentinel, `DIAGNOSIS_FAILED` where that does not answer
 */
export async function loopStackOf({ launch, notes, pid }: HttpProcessHandle): Promise<LoopStack> {
  if (launch.config.blockWarnMs === 0) {
    throw unavailable('OFFLOOP_BLOCK_WARN_MS is 0, so nobody watches its event loop')
  }
  const question = notes?.ask()
  if (question === undefined) throw noRoom()
  const endsAt = performance.now() + ANSWER_MS
  while (performance.now() < endsAt) {
    const answer = notes?.answerTo(question)
    if (answer !== undefined) {
      return parsed(answer) ?? unavailableNow()
    }
    await sleep(POLL_MS)
  }
  throw new ProblemError(
    'DIAGNOSIS_FAILED',
    `Process ${pid} has not told its stack within ${ANSWER_MS} ms: it is stopped, does not get a CPU, or is not watched`,
  )
}

function parsed(answer: string): LoopStack | undefined {
  try {
    return (JSON.parse(answer) as LoopStack | null) ?? undefined
  } catch {
    return undefined
  }
}

function noRoom(): ProblemError {
  return new ProblemError(
    'DIAGNOSIS_FAILED',
    'Cannot ask the process: there is no memory left for the file that all processes share (/dev/shm is full)',
  )
}

function unavailableNow(): never {
  throw unavailable('this Node.js was built without an inspector')
}

function unavailable(why: string): ProblemError {
  return new ProblemError('DIAGNOSIS_UNAVAILABLE', `Cannot tell the stack of the process: ${why}`)
}
