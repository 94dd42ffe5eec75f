import type { IncomingMessage } from 'node:http'
import { ProblemError } from '../errors.ts'

/** How fast a body has to arrive at least. */
export interface MinBodyRate {
  /** 0: as slowly as it likes. */
  readonly bytesPerSecond: number
  /** The rate is that of any stretch of this length; before its first end nothing is too slow. */
  readonly windowMs: number
}

/** Long enough for a train's tunnel or a lost packet, short beside the time limit of the whole request. */
export const BODY_RATE_WINDOW_MS = 5000

/** How often a window is looked at while it passes. */
const LOOKS_A_WINDOW = 5

/**
 * Watches how fast a body arrives, until told to stop. Time in which we did not read does not count:
 * while the connection was paused, or while our own event loop stood still.
 *
 * @param received says how many bytes have arrived
 * @returns what stops it
 */
export function watchBodyRate(
  request: IncomingMessage,
  min: MinBodyRate,
  received: () => number,
  onTooSlow: (error: ProblemError) => void,
): () => void {
  if (min.bytesPerSecond === 0) return () => {}
  const rate = new BodyRate(min, performance.now())
  // Node pauses the connection by itself where answers to earlier requests on it are not taken.
  const isPaused = () => request.isPaused() || request.socket.isPaused()
  const look = () => {
    if (rate.isTooSlow(performance.now(), received(), isPaused())) onTooSlow(tooSlow(min, received()))
  }
  const timer = setInterval(look, min.windowMs / LOOKS_A_WINDOW)
  return () => clearInterval(timer)
}

/** The decision, of numbers alone: whether a body arrives too slowly. Asked several times a window. */
export class BodyRate {
  readonly #min: MinBodyRate
  /** What had arrived when, the oldest first; it goes back one window. */
  #looks: { readonly at: number; readonly received: number }[]

  constructor(min: MinBodyRate, now: number) {
    this.#min = min
    this.#looks = [{ at: now, received: 0 }]
  }

  /** @param paused the client could not send, or we did not read: a new window begins */
  isTooSlow(now: number, received: number, paused: boolean): boolean {
    const { windowMs, bytesPerSecond } = this.#min
    const last = this.#looks.at(-1)
    // A look that comes late is the first thing that a loop does after it stood still: before it reads.
    const late = last !== undefined && now - last.at > (2 * windowMs) / LOOKS_A_WINDOW
    if (paused || late) this.#looks = []
    this.#looks.push({ at: now, received })
    while (this.#looks[1] !== undefined && now - this.#looks[1].at >= windowMs) this.#looks.shift()
    const [first] = this.#looks
    if (first === undefined || now - first.at < windowMs) return false
    return received - first.received < (bytesPerSecond * (now - first.at)) / 1000
  }
}

function tooSlow({ bytesPerSecond, windowMs }: MinBodyRate, received: number): ProblemError {
  return new ProblemError(
    'REQUEST_TIMEOUT',
    `Cannot wait for the body: expected at least ${bytesPerSecond} bytes a second over ${windowMs} ms, got fewer; ${received} bytes have arrived`,
  )
}
