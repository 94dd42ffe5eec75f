import TinyQueue from 'tinyqueue'

export type Priority = 'interactive' | 'batch'

/** What the order depends on. */
export interface Waiting {
  /** Name of the task. */
  readonly task: string
  readonly priority: Priority
  /** Who asks: requests of one client stand behind each other, those of different clients side by side. */
  readonly client: string
  /** What the run is expected to take. */
  readonly expectedMs: number
  /** On the clock of `performance.now()`. */
  readonly arrivedAt: number
}

/** A request of the lower class that has waited for so long has its turn, though others of the higher wait. */
export const AGEING_MS = 5000

/** Its turn is every fourth: a queue of old requests does not become the higher class itself. */
export const AGED_TURN = 4

/** Of runs that take next to nothing, or that nothing is known of yet, clients have turns all the same. */
const SHORTEST_TURN_MS = 1

/**
 * The requests that wait for a thread, bounded in count, in the order in which they are to run.
 *
 * Inside a class the order is fair between clients: start-time fair queueing (Goyal, Vin and Cheng,
 * SIGCOMM 1996). Each request starts, in virtual time, when the one before of the same client ends or,
 * where there is none, now; the smallest start is next. One client's requests so keep the order in
 * which they came, and a flood of one stands behind its own.
 */
export class WaitingRuns<Run extends Waiting> {
  readonly limit: number
  /** One heap for each task: a task may have to stand back while others run. */
  readonly #tasks = new Map<string, TinyQueue<Ticket<Run>>>()
  readonly #tickets = new Map<Run, Ticket<Run>>()
  readonly #shifted = new WeakMap<Run, Ticket<Run>>()
  readonly #clients = new Map<string, ClientShare>()
  readonly #virtualNow: Record<Priority, number> = { interactive: 0, batch: 0 }
  #arrivals = 0
  /** Starts since the last one that was let through for its age. */
  #sinceAged = AGED_TURN

  constructor(limit: number) {
    this.limit = limit
  }

  get size(): number {
    return this.#tickets.size
  }

  /** At its limit: the next one would be refused. */
  get saturated(): boolean {
    return this.size >= this.limit
  }

  /** @returns false where the queue is saturated, and then nothing was added */
  push(run: Run): boolean {
    if (this.saturated) return false
    const start = Math.max(this.#virtualNow[run.priority], this.#shareOf(run).virtualEnd)
    this.#add({ run, start, arrival: this.#arrivals++, removed: false })
    return true
  }

  /** Puts one back that {@link shift} took out and that could not be run after all: where it stood before. */
  putBack(run: Run): void {
    const ticket = this.#shifted.get(run)
    if (ticket === undefined) throw new Error('Cannot put back a run that was never taken out')
    this.#add({ ...ticket, removed: false })
  }

  /**
   * Takes out the next one.
   *
   * @param mayRun whether it could start now; asked about one request of each task
   */
  shift(now: number, mayRun: (run: Run) => boolean): Run | undefined {
    const heads: Ticket<Run>[] = []
    for (const [task, heap] of this.#tasks) {
      const head = firstWaiting(heap)
      if (head === undefined) this.#tasks.delete(task)
      else if (mayRun(head.run)) heads.push(head)
    }
    const next = this.#choose(heads, now)
    if (next === undefined) return undefined
    const { run, start } = next
    this.#virtualNow[run.priority] = Math.max(this.#virtualNow[run.priority], start)
    this.remove(run)
    this.#shifted.set(run, next)
    return run
  }

  /** @returns whether it was still waiting */
  remove(run: Run): boolean {
    const ticket = this.#tickets.get(run)
    if (ticket === undefined) return false
    ticket.removed = true
    this.#tickets.delete(run)
    this.#settle(run)
    return true
  }

  /**
   * Work that would run before a new request of this client, in milliseconds on one thread: of every
   * client as much as this one's own turn leaves room for, which is what fair queueing gives it.
   */
  workAheadMs(priority: Priority, client: string, expectedMs: number): number {
    const own = this.#clients.get(shareKey(priority, client))?.waitingMs ?? 0
    let ahead = own
    for (const share of this.#clients.values()) {
      if (share.client === client && share.priority === priority) continue
      // The higher class goes first as a whole; the lower one does not hold up the higher.
      if (share.priority === priority) ahead += Math.min(share.waitingMs, own + expectedMs)
      else if (share.priority === 'interactive') ahead += share.waitingMs
    }
    return ahead
  }

  #add(ticket: Ticket<Run>): void {
    const { run, start } = ticket
    const share = this.#shareOf(run)
    share.virtualEnd = Math.max(share.virtualEnd, start + Math.max(SHORTEST_TURN_MS, run.expectedMs))
    share.waitingMs += run.expectedMs
    share.waiting += 1
    this.#tickets.set(run, ticket)
    const heap = this.#tasks.get(run.task) ?? new TinyQueue<Ticket<Run>>([], byStart)
    heap.push(ticket)
    this.#tasks.set(run.task, heap)
  }

  #choose(heads: readonly Ticket<Run>[], now: number): Ticket<Run> | undefined {
    const first = (of: readonly Ticket<Run>[]) => of.toSorted(byStart)[0]
    const [higher, lower] = [ofClass(heads, 'interactive'), ofClass(heads, 'batch')]
    const aged = lower.filter(({ run }) => now - run.arrivedAt >= AGEING_MS)
    const isAgedTurn = aged.length > 0 && (higher.length === 0 || this.#sinceAged + 1 >= AGED_TURN)
    const next = isAgedTurn ? first(aged) : (first(higher) ?? first(lower))
    if (next !== undefined) this.#sinceAged = isAgedTurn ? 0 : this.#sinceAged + 1
    return next
  }

  #shareOf({ priority, client }: Run): ClientShare {
    const key = shareKey(priority, client)
    const share = this.#clients.get(key) ?? { priority, client, virtualEnd: 0, waiting: 0, waitingMs: 0 }
    this.#clients.set(key, share)
    return share
  }

  /** A client that waits for nothing is forgotten: there are as many clients as addresses. */
  #settle({ priority, client, expectedMs }: Run): void {
    const key = shareKey(priority, client)
    const share = this.#clients.get(key)
    if (share === undefined) return
    share.waiting -= 1
    share.waitingMs -= expectedMs
    if (share.waiting === 0) this.#clients.delete(key)
  }
}

interface Ticket<Run> {
  readonly run: Run
  /** In virtual time. */
  readonly start: number
  /** Decides between equal starts. */
  readonly arrival: number
  removed: boolean
}

interface ClientShare {
  readonly priority: Priority
  readonly client: string
  /** When its last request ends, in virtual time. */
  virtualEnd: number
  waiting: number
  waitingMs: number
}

function shareKey(priority: Priority, client: string): string {
  return `${priority} ${client}`
}

function byStart(a: Ticket<unknown>, b: Ticket<unknown>): number {
  return a.start - b.start || a.arrival - b.arrival
}

/** Those that were taken out stay in the heap until they come to its top. */
function firstWaiting<Run>(heap: TinyQueue<Ticket<Run>>): Ticket<Run> | undefined {
  while (heap.peek()?.removed) heap.pop()
  return heap.peek()
}

function ofClass<Run extends Waiting>(tickets: readonly Ticket<Run>[], priority: Priority): Ticket<Run>[] {
  return tickets.filter(({ run }) => run.priority === priority)
}
