/** A connection as node:cluster passes it on, of which only the end matters here. */
export interface ConnectionHandle {
  close(): void
}

/** As many may wait for a process; what comes after them is closed. */
const MOST_HELD = 1024

/** Several times what a process needs to start. Who has waited for so long has an answer sooner by asking elsewhere. */
const PATIENCE_MS = 10_000

/** Connections that nobody can serve at present, in the order in which they came. */
export class HeldConnections {
  readonly #timers = new Map<ConnectionHandle, NodeJS.Timeout>()

  /** It is closed when there are too many, and when it has waited for too long. */
  add(handle: ConnectionHandle): void {
    if (this.#timers.size >= MOST_HELD) {
      handle.close()
      return
    }
    const giveUp = () => {
      this.#timers.delete(handle)
      handle.close()
    }
    this.#timers.set(handle, setTimeout(giveUp, PATIENCE_MS))
  }

  /** Whoever takes them sees to them from now on. */
  takeAll(): ConnectionHandle[] {
    const handles = [...this.#timers.keys()]
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
    return handles
  }

  close(): void {
    for (const handle of this.takeAll()) handle.close()
  }
}
