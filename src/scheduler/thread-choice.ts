/** A thread as Piscina shows it to a load balancer. */
export interface OfferedThread {
  /** Node's id. */
  readonly id: number
  /** Runs that it has, 0 where it is idle. */
  readonly currentUsage: number
}

/**
 * Which thread gets a run. Piscina asks each time, before `run()` returns, so the answer is known to
 * who called that.
 */
export class ThreadChoice {
  /** Threads that are to get no run any more. */
  readonly retiring = new Set<number>()
  /** The thread that got the newest run. */
  chosen = 0
  /** Told of it before the run is on its way there. */
  onChosen: (id: number) => void = () => {}

  /** The first idle one: Piscina lists the oldest first, which have all tasks loaded. Null where there is none. */
  choose<Thread extends OfferedThread>(threads: readonly Thread[]): Thread | null {
    const thread = threads.find(({ id, currentUsage }) => currentUsage === 0 && !this.retiring.has(id))
    this.chosen = thread?.id ?? 0
    if (thread !== undefined) this.onChosen(thread.id)
    return thread ?? null
  }
}
