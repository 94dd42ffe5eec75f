/** A bounded queue, first in, first out, from which any entry can be taken out in constant time. */
export class TaskQueue<Entry> {
  readonly limit: number
  // A Set keeps the order of insertion and deletes without moving the rest.
  readonly #entries = new Set<Entry>()

  constructor(limit: number) {
    this.limit = limit
  }

  get size(): number {
    return this.#entries.size
  }

  /** At its limit: the next entry would be refused. */
  get saturated(): boolean {
    return this.#entries.size >= this.limit
  }

  /** @returns false where the queue is saturated, and then nothing was added */
  push(entry: Entry): boolean {
    if (this.saturated) return false
    this.#entries.add(entry)
    return true
  }

  /** Takes out the oldest entry. */
  shift(): Entry | undefined {
    const [oldest] = this.#entries
    if (oldest !== undefined) this.#entries.delete(oldest)
    return oldest
  }

  /** @returns whether the entry was still waiting */
  remove(entry: Entry): boolean {
    return this.#entries.delete(entry)
  }
}
