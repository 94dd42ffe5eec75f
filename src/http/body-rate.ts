import type { IncomingMessage } from 'node:http'
import { ProblemError } from '../errors.ts'
import { ByteRate, LOOKS_A_WINDOW, type MinRate } from './byte-rate.ts'

/** Long enough for a train's tunnel or a lost packet, short beside the time limit of the whole request. */
export const BODY_RATE_WINDOW_MS = 5000

/**
 * Watches how fast a body arrives, until told to stop. Time in which we did not read does not count:
 * while the connection was paused, or while our own event loop stood still.
 *
 * @param received says how many bytes have arrived
 * @returns what stops it
 */
export function watchBodyRate(
  request: IncomingMessage,
  min: MinRate,
  received: () => number,
  onTooSlow: (error: ProblemError) => void,
): () => void {
  if (min.bytesPerSecond === 0) return () => {}
  const rate = new ByteRate(min, performance.now())
  // Node pauses the connection by itself where answers to earlier requests on it are not taken.
  const isPaused = () => request.isPaused() || request.socket.isPaused()
  const look = () => {
    if (rate.isTooSlow(performance.now(), received(), isPaused())) onTooSlow(tooSlow(min, received()))
  }
  const timer = setInterval(look, min.windowMs / LOOKS_A_WINDOW)
  return () => clearInterval(timer)
}

function tooSlow({ bytesPerSecond, windowMs }: MinRate, received: number): ProblemError {
  return new ProblemError(
    'REQUEST_TIMEOUT',
    `Cannot wait for the body: expected at least ${bytesPerSecond} bytes a second over ${windowMs} ms, got fewer; ${received} bytes have arrived`,
  )
}
