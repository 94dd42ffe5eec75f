import type { IncomingMessage, ServerResponse } from 'node:http'
import { PROBLEM_MEDIA_TYPE, type Problem, problemJson } from '../problem-json.ts'

/** Sends an error. Where much of the request's body has yet to arrive, the connection ends with it. */
export function sendProblem(
  request: IncomingMessage,
  response: ServerResponse,
  problem: Problem,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = problemJson(problem, response.getHeader('X-Request-Id')?.toString())
  response.statusCode = problem.status
  response.setHeaders(new Map(Object.entries(headers)))
  response.setHeader('Content-Type', PROBLEM_MEDIA_TYPE)
  response.setHeader('Content-Length', Buffer.byteLength(body))
  if (request.complete || keepsConnection(request, response)) response.end(body)
  else endBeforeRequest(request, response, body)
}

/** So much of a body is read and thrown away for the sake of its connection. */
const DISCARDED_BYTES = 64 * 1024

/**
 * Whether the rest of a request costs less than a new connection would: most bodies that are refused by their
 * headers are small and on their way already. Node throws away what nobody has read. (Under overload, with a new
 * connection for each refusal, opening those cost more than all the rest.)
 */
function keepsConnection({ headers }: IncomingMessage, response: ServerResponse): boolean {
  // Who is too slow is not waited for, and who waits to be told to go on sends nothing.
  if (response.statusCode === REQUEST_TIMEOUT || headers.expect !== undefined) return false
  // It closes in any case, because its client or a drain wants that: then its end has to wait for the body.
  if (!response.shouldKeepAlive || response.getHeader('Connection') === 'close') return false
  return Number(headers['content-length'] ?? Number.POSITIVE_INFINITY) <= DISCARDED_BYTES
}

const REQUEST_TIMEOUT = 408

/** How long a client may go on sending what nobody wants before the connection is cut. */
const LINGER_MS = 1000

/**
 * Answers a request that is still being sent. To close at once would let the kernel reset the
 * connection, and the client would see the reset instead of the answer. So the answer goes out
 * complete, what still arrives is thrown away for a moment, and only then the connection closes.
 */
function endBeforeRequest(request: IncomingMessage, response: ServerResponse, body: string): void {
  response.setHeader('Connection', 'close')
  if (request.headers.expect !== undefined) {
    // The client waits to be told to go on, and is not told.
    response.end(body)
    return
  }
  response.write(body)
  const end = () => {
    clearTimeout(timer)
    response.end()
  }
  const timer = setTimeout(end, LINGER_MS)
  request.once('end', end).once('close', end).resume()
}
