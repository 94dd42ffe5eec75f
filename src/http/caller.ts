import type { IncomingMessage } from 'node:http'
import { ProblemError } from '../errors.ts'

/** Milliseconds from the request to its answer that a client is willing to wait. */
export const TIMEOUT_HEADER = 'x-timeout-ms'

/**
 * How long a client waits; undefined where it does not say. It can only shorten the limits of a task.
 *
 * @throws {ProblemError} `TIMEOUT_INVALID`
 */
export function clientTimeoutMs({ headers }: IncomingMessage): number | undefined {
  const value = headers[TIMEOUT_HEADER]
  if (value === undefined) return undefined
  if (typeof value === 'string' && /^[1-9]\d{0,8}$/.test(value)) return Number(value)
  throw new ProblemError(
    'TIMEOUT_INVALID',
    `Cannot use X-Timeout-Ms: expected an integer from 1 to 999999999, got ${JSON.stringify(value)}`,
  )
}

/**
 * Who sends a request: the value of the header that the operator has named, or the address of the
 * connection.
 *
 * @param header empty for none
 */
export function clientOf({ headers, socket }: IncomingMessage, header: string): string {
  const value = header === '' ? undefined : headers[header.toLowerCase()]
  return value === undefined ? (socket.remoteAddress ?? '') : String(value)
}
