import type { IncomingMessage, ServerResponse } from 'node:http'
import { PROBLEM_MEDIA_TYPE, type Problem, problemJson } from '../problem-json.ts'

/** Sends an error. Where the request's body has not arrived in full, the connection ends with it. */
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
  if (request.complete) response.end(body)
  else endBeforeRequest(request, response, body)
}

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
