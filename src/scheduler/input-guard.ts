import type { InputMessage, KnownInput } from '../protocol/process-messages.ts'
import type { RunControl } from '../protocol/run-control.ts'
import type { QuarantinedInput, TaskAnswer } from '../protocol/thread-messages.ts'
import { ThreadLostError, type ThreadPool, type ThreadRun, type UnplacedRequest } from './thread-pool.ts'

type ThreadDeath = Extract<InputMessage, { type: 'input-death' }>['how']

const CAUSES: Readonly<Record<ThreadLostError['reason'], ThreadDeath | undefined>> = {
  exit: 'thread-exit',
  'uncaught-error': 'uncaught-error',
  'out-of-memory': 'out-of-memory',
  // For its time limit or its caller, not for its input.
  terminated: undefined,
}

/**
 * Watches which inputs the threads of this process die of. The primary is told and, for the whole
 * cluster, tells back which ones are under suspicion and which are to be refused.
 *
 * The threads make the fingerprints, of which nothing is looked at here while no input is known to do harm.
 */
export class InputGuard {
  readonly #tell: (message: InputMessage) => void
  #known = new Map<string, KnownInput>()
  #refusals = new Map<string, number>()

  /** @param tell sends a message to the primary */
  constructor(tell: (message: InputMessage) => void) {
    this.#tell = tell
  }

  /** Takes the primary's list in place of the one before. */
  learn(inputs: readonly KnownInput[]): void {
    this.#known = new Map(inputs.map((input) => [input.fingerprint, input]))
  }

  /** The threads of a pool, with what is started on them watched. */
  over(pool: Pick<ThreadPool, 'start'>): Pick<ThreadPool, 'start'> {
    return { start: (request) => this.#watch(request, pool.start(this.#withQuarantined(request))) }
  }

  /** Requests refused since the call before: pairs of fingerprint and number. */
  takeRefusals(): [fingerprint: string, count: number][] {
    const refusals = [...this.#refusals]
    this.#refusals = new Map()
    return refusals
  }

  #withQuarantined(request: UnplacedRequest): UnplacedRequest {
    if (this.#known.size === 0) return request
    const now = Date.now()
    const quarantined = [...this.#known.values()]
      .filter(({ task }) => task === request.task)
      .filter((input): input is KnownInput & QuarantinedInput => input.until !== null && input.until > now)
      .map(({ fingerprint, until }) => ({ fingerprint, until }))
    return quarantined.length === 0 ? request : { ...request, quarantined }
  }

  #watch(request: UnplacedRequest, run: ThreadRun): ThreadRun {
    const { control } = run
    run.answer.then(
      (answer) => this.#onAnswer(control, answer),
      (error: unknown) => this.#onThreadLost(request, control, error),
    )
    const terminate = (withinMs: number) => {
      run.terminate(withinMs)
      // The process will be replaced because of it, however long it took to come to that.
      const stuck = setTimeout(() => this.#report(request, control, 'unstoppable'), withinMs)
      void run.released.then(() => clearTimeout(stuck))
    }
    return { ...run, terminate }
  }

  /** What has come to an end, be it an error of the task's own, harms nobody. One that was stopped might have. */
  #onAnswer(control: RunControl, answer: TaskAnswer): void {
    if (this.#known.size === 0 || answer.kind === 'stopped') return
    const { fingerprint } = control
    if (fingerprint === undefined || !this.#known.has(fingerprint)) return
    if (answer.kind === 'refused' && answer.code === 'INPUT_QUARANTINED') {
      this.#refusals.set(fingerprint, (this.#refusals.get(fingerprint) ?? 0) + 1)
      return
    }
    this.#known.delete(fingerprint)
    this.#tell({ type: 'input-harmless', fingerprint })
  }

  /** A task that has been asked to stop may fall over that: it depends on load and on its caller. */
  #onThreadLost(request: UnplacedRequest, control: RunControl, error: unknown): void {
    const how = error instanceof ThreadLostError ? CAUSES[error.reason] : undefined
    if (how !== undefined && !control.stopRequested) this.#report(request, control, how)
  }

  #report({ task, requestId }: UnplacedRequest, { fingerprint }: RunControl, how: ThreadDeath): void {
    if (fingerprint !== undefined) this.#tell({ type: 'input-death', fingerprint, task, requestId, how })
  }
}
