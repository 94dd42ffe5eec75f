/** Time of the main thread's newest beat. */
const BEAT = 0
/** Length of the newest gap between two beats that was too long, 0 once the sentinel has seen it. */
const GAP = 1
/** Time of the beat that ended it. */
const GAP_END = 2
/** How often the sentinel is connected to the main thread's inspector at this moment. */
const ASKING = 3
/** Stays 0. */
const NEVER = 4
const FIELDS = 5

const NS_PER_MS = 1e6

/** Milliseconds on the one clock that all threads of a machine share; it stands while the machine is suspended. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / NS_PER_MS
}

/**
 * A few words of memory that the main thread and the sentinel share: a main thread that is stuck
 * sends no messages. Only the main thread beats, only the sentinel asks.
 */
export class StallBeats {
  /** To be given to the sentinel, which makes its own StallBeats from it. */
  readonly shared: SharedArrayBuffer
  readonly #words: BigInt64Array<SharedArrayBuffer>

  constructor(shared = new SharedArrayBuffer(FIELDS * BigInt64Array.BYTES_PER_ELEMENT)) {
    this.shared = shared
    this.#words = new BigInt64Array(shared)
  }

  /** The main thread lives. A gap since its last beat of more than this many milliseconds is kept for the sentinel. */
  beat(longestGapMs: number): void {
    const now = process.hrtime.bigint()
    const before = Atomics.exchange(this.#words, BEAT, now)
    if (Number(now - before) <= longestGapMs * NS_PER_MS || before === 0n) return
    Atomics.store(this.#words, GAP_END, now)
    Atomics.store(this.#words, GAP, now - before)
  }

  get lastBeatMs(): number {
    return Number(Atomics.load(this.#words, BEAT)) / NS_PER_MS
  }

  /** The gap that has ended since the last call, or 0. */
  takeGapMs(): number {
    return Number(Atomics.exchange(this.#words, GAP, 0n)) / NS_PER_MS
  }

  /** When the newest gap ended. */
  get gapEndMs(): number {
    return Number(Atomics.load(this.#words, GAP_END)) / NS_PER_MS
  }

  /** The sentinel has connected. */
  beginAsking(): void {
    Atomics.add(this.#words, ASKING, 1n)
  }

  /** It has disconnected. */
  endAsking(): void {
    Atomics.sub(this.#words, ASKING, 1n)
    Atomics.notify(this.#words, ASKING)
  }

  /** Blocks the thread for so long: cheaper than a timer, but nothing else happens on it. */
  pause(ms: number): void {
    Atomics.wait(this.#words, NEVER, 0n, ms)
  }

  /** Blocks the thread until the sentinel no longer asks, for so long at most. */
  waitWhileAsking(atMostMs: number): void {
    const endMs = monotonicMs() + atMostMs
    for (let asking = this.#asking; asking > 0n && monotonicMs() < endMs; asking = this.#asking) {
      Atomics.wait(this.#words, ASKING, asking, endMs - monotonicMs())
    }
  }

  get #asking(): bigint {
    return Atomics.load(this.#words, ASKING)
  }
}
