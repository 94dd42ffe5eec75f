/** How fast bytes have to move at least. */
export interface MinRate {
  /** 0: as slowly as it likes. */
  readonly bytesPerSecond: number
  /** The rate is that of any stretch of this length; before its first end nothing is too slow. */
  readonly windowMs: number
}

/** How often whoever asks looks while a window passes. */
export const LOOKS_A_WINDOW = 5

/** The decision, of numbers alone: whether bytes move too slowly. Asked several times a window. */
export class ByteRate {
  readonly #min: MinRate
  /** What had moved when, the oldest first; it goes back one window. */
  #looks: { readonly at: number; readonly moved: number }[]

  /** @param moved bytes that have moved before */
  constructor(min: MinRate, now: number, moved = 0) {
    this.#min = min
    this.#looks = [{ at: now, moved }]
  }

  /**
   * @param moved bytes so far, in all
   * @param paused nothing could move, or it was us who did not move it: a new window begins
   */
  isTooSlow(now: number, moved: number, paused: boolean): boolean {
    const { windowMs, bytesPerSecond } = this.#min
    const last = this.#looks.at(-1)
    // A look that comes late is the first thing that a loop does after it stood still: before it reads or writes.
    const late = last !== undefined && now - last.at > (2 * windowMs) / LOOKS_A_WINDOW
    if (paused || late) this.#looks = []
    this.#looks.push({ at: now, moved })
    while (this.#looks[1] !== undefined && now - this.#looks[1].at >= windowMs) this.#looks.shift()
    const [first] = this.#looks
    if (first === undefined || now - first.at < windowMs) return false
    return moved - first.moved < (bytesPerSecond * (now - first.at)) / 1000
  }
}
