import type { ClusterBoard, LoadFigures } from '../../protocol/cluster-board.ts'
import type { CatalogueEntry } from '../../protocol/thread-messages.ts'
import type { Submission } from '../../scheduler/limited-run.ts'
import type { SharedCaller, SharedRun, Siblings } from '../../scheduler/siblings.ts'
import type { SharingCounter } from './sharing-counter.ts'
import { threadsLeft } from './sharing-turn-policy.ts'
import { type SiblingRequest, startSiblingRequest } from './sibling-request.ts'

/** What siblings say of themselves is read anew after this long: half of what it takes to pass a run on. */
const FRESH_MS = 0.5

/** The length of the queue is written this often at most. */
const QUEUED_FRESH_MS = 2

/** A sibling that did not answer as it should is left alone for this long. */
const REST_MS = 1000

export interface SiblingProcessesOptions {
  readonly board: ClusterBoard
  readonly seat: number
  /** Known to the processes of one cluster alone. */
  readonly key: string
  readonly counter: SharingCounter
}

/** The other HTTP processes of this cluster: what they say of themselves on its board, and a way to have them run something. */
export class SiblingProcesses implements Siblings {
  readonly #options: SiblingProcessesOptions
  /** Requests of ours that have not begun there: threads that their figures may still show as free. */
  readonly #offers = new Map<number, number>()
  readonly #restUntil = new Map<number, number>()
  #load: Load = { freeThreads: 0, queued: 0 }
  /** What siblings can see of it; undefined where they see nothing. */
  #written: Load | undefined
  #writtenAt = 0
  #joined = false
  #read: { readonly loads: readonly LoadFigures[]; readonly at: number } | undefined

  constructor(options: SiblingProcessesOptions) {
    this.#options = options
  }

  /**
   * A thread that becomes free, or is taken, is seen at once. How many wait decides no more than who asks for it, and
   * changes with every request: that may be a little old.
   */
  announce(load: Load): void {
    this.#load = load
    if (!this.#joined || isSame(load, this.#written)) return
    const isUrgent = load.freeThreads !== this.#written?.freeThreads
    if (isUrgent || performance.now() - this.#writtenAt > QUEUED_FRESH_MS) this.#write()
  }

  /** From now on siblings see this process. */
  join(): void {
    this.#joined = true
    this.#write()
  }

  /** From now on they do not any more. */
  leave(): void {
    this.#joined = false
    this.#write()
  }

  freeThreads(): number {
    const siblings = this.#siblings()
    return threadsLeft({ pid: process.pid, ...this.#load }, siblings)
  }

  offer(task: CatalogueEntry, submission: Submission, caller: SharedCaller): SharedRun | undefined {
    const pid = mostFree(this.#siblings())
    if (pid === undefined) return undefined
    this.#offers.set(pid, (this.#offers.get(pid) ?? 0) + 1)
    const request = startSiblingRequest({ pid, key: this.#options.key, task, submission, ...caller })
    void request.outcome.then((outcome) => this.#onOutcome(pid, outcome))
    return { begun: request.outcome.then((outcome) => outcome === 'begun'), answer: request.answer, pid }
  }

  #write(): void {
    const { board, seat } = this.#options
    const load = this.#joined ? this.#load : undefined
    board.writeLoad(seat, load && { pid: process.pid, ...load })
    this.#written = load
    this.#writtenAt = performance.now()
  }

  #onOutcome(pid: number, outcome: Awaited<SiblingRequest['outcome']>): void {
    const offers = (this.#offers.get(pid) ?? 1) - 1
    if (offers > 0) this.#offers.set(pid, offers)
    else this.#offers.delete(pid)
    if (outcome === 'failed') this.#letRest(pid)
    this.#options.counter.recordOffer(outcome)
  }

  #letRest(pid: number): void {
    const now = performance.now()
    // Those that have died are never looked at again.
    for (const [each, until] of this.#restUntil) if (until <= now) this.#restUntil.delete(each)
    this.#restUntil.set(pid, now + REST_MS)
  }

  /** Their figures, less the threads that have been asked for already. */
  #siblings(): LoadFigures[] {
    const now = performance.now()
    const siblings: LoadFigures[] = []
    for (const load of this.#loads(now)) {
      if (load.pid === process.pid || this.#isResting(load.pid, now)) continue
      siblings.push({ ...load, freeThreads: load.freeThreads - (this.#offers.get(load.pid) ?? 0) })
    }
    return siblings
  }

  #loads(now: number): readonly LoadFigures[] {
    if (this.#read === undefined || now - this.#read.at > FRESH_MS) {
      this.#read = { loads: this.#options.board.readLoads(), at: now }
    }
    return this.#read.loads
  }

  #isResting(pid: number, now: number): boolean {
    return now < (this.#restUntil.get(pid) ?? 0)
  }
}

type Load = Omit<LoadFigures, 'pid'>

function isSame(a: Load | undefined, b: Load | undefined): boolean {
  return a?.freeThreads === b?.freeThreads && a?.queued === b?.queued
}

/** Among equals a random one: processes that look at the same moment would otherwise all ask the first. */
function mostFree(siblings: readonly LoadFigures[]): number | undefined {
  const most = Math.max(1, ...siblings.map(({ freeThreads }) => freeThreads))
  const best = siblings.filter(({ freeThreads }) => freeThreads === most)
  return best[Math.floor(Math.random() * best.length)]?.pid
}
