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
  /** Its place in the queue, also when it has been taken out; the queue's own. (A WeakMap of such runs costs ten times as much, in garbage collection.) */
  ticket?: Ticket | undefined
}

/** Where a request stands. */
interface Ticket {
  /** In virtual time. */
  readonly start: number
  /** Decides between equal starts. */
  readonly arrival: number
  waits: boolean
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
  readonly #tasks = new Map<string, TinyQueue<Entry<Run>>>()
  #size = 0
  readonly #clients = new Map<string, ClientShare>()
  readonly #virtualNow: Record<Priority, number> = { interactive: 0, batch: 0 }
  #arrivals = 0
  /** Starts since the last one that was let through for its age. */
  #sinceAged = AGED_TURN

  constructor(limit: number) {
    this.limit = limit
  }

  get size(): number {
    return this.#size
  }

  /** At its limit: the next one would be refused. */
  get saturated(): boolean {
    return this.size >= this.limit
  }

  /** @returns false where the queue is saturated, and then nothing was added */
  push(run: Run): boolean {
    if (this.saturated) return false
    const start = Math.max(this.#virtualNow[run.priority], this.#shareOf(run).virtualEnd)
    this.#add(run, start, this.#arrivals++)
    return true
  }

  /** Puts one back that {@link shift} took out and that could not be run after all: where it stood before. */
  putBack(run: Run): void {
    if (run.ticket === undefined) throw new Error('Cannot put back a run that was never taken out')
    this.#add(run, run.ticket.start, run.ticket.arrival)
  }

  /**
   * Takes out the next one.
   *
   * @param mayRun whether it could start now; asked about one request of each task
   */
  shift(now: number, mayRun: (run: Run) => boolean): Run | undefined {
    const heads: Heads<Run> = { higher: undefined, lower: undefined, aged: undefined }
    for (const [task, heap] of this.#tasks) {
      const head = firstWaiting(heap)
      if (head === undefined) this.#tasks.delete(task)
      else if (mayRun(head.run)) keepFirst(heads, head, now)
    }
    const next = this.#choose(heads)
    if (next === undefined) return undefined
    const { run, ticket } = next
    this.#virtualNow[run.priority] = Math.max(this.#virtualNow[run.priority], ticket.start)
    this.remove(run)
    return run
  }

  /** @returns whether it was still waiting */
  remove(run: Run): boolean {
    const { ticket } = run
    if (!ticket?.waits) return false
    ticket.waits = false
    this.#size -= 1
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

  #add(run: Run, start: number, arrival: number): void {
    const ticket = { start, arrival, waits: true }
    run.ticket = ticket
    this.#size += 1
    const share = this.#shareOf(run)
    share.virtualEnd = Math.max(share.virtualEnd, start + Math.max(SHORTEST_TURN_MS, run.expectedMs))
    share.waitingMs += run.expectedMs
    share.waiting += 1
    const heap = this.#tasks.get(run.task) ?? new TinyQueue<Entry<Run>>([], byStart)
    heap.push({ run, ticket })
    this.#tasks.set(run.task, heap)
  }

  #choose({ higher, lower, aged }: Heads<Run>): Entry<Run> | undefined {
    const isAgedTurn = aged !== undefined && (higher === undefined || this.#sinceAged + 1 >= AGED_TURN)
    const next = isAgedTurn ? aged : (higher ?? lower)
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

/** Of a run that was taken out it stays in the heap until it comes to its top. */
interface Entry<Run> {
  readonly run: Run
  readonly ticket: Ticket
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

function byStart({ ticket: a }: Entry<unknown>, { ticket: b }: Entry<unknown>): number {
  return a.start - b.start || a.arrival - b.arrival
}

function firstWaiting<Run>(heap: TinyQueue<Entry<Run>>): Entry<Run> | undefined {
  while (heap.peek()?.ticket.waits === false) heap.pop()
  return heap.peek()
}

/** The first ones of each class, and of those in the lower that have waited for long. */
interface Heads<Run> {
  higher: Entry<Run> | undefined
  lower: Entry<Run> | undefined
  aged: Entry<Run> | undefined
}

function keepFirst<Run extends Waiting>(heads: Heads<Run>, head: Entry<Run>, now: number): void {
  const earlier = (known: Entry<Run> | undefined) => (known && byStart(known, head) < 0 ? known : head)
  if (head.run.priority === 'interactive') {
    heads.higher = earlier(heads.higher)
    return
  }
  heads.lower = earlier(heads.lower)
  if (now - head.run.arrivedAt >= AGEING_MS) heads.aged = earlier(heads.aged)
}
