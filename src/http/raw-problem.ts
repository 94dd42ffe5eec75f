import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ErrorCode, errorTable } from '../errors.ts'
import { PROBLEM_MEDIA_TYPE, problemJson } from '../problem-json.ts'

/** Time for the answer to arrive before the connection is cut. */
const LINGER_MS = 1000

/**
 * Ends a connection with an error where there is no response object to write it to. What the client
 * still sends is not read here: whoever wants no reset reads it.
 *
 * @param detail the code's own title where it is left out
 */
export function endWithProblem(
  socket: Duplex,
  code: ErrorCode,
  options: { readonly detail?: string; readonly headers?: readonly string[] } = {},
): void {
  const { status, title } = errorTable[code]
  const body = problemJson({ code, status, detail: options.detail ?? title })
  // A client that neither reads on nor closes its side would hold the connection for ever.
  setTimeout(() => socket.destroy(), LINGER_MS).unref()
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      `Content-Type: ${PROBLEM_MEDIA_TYPE}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...(options.headers ?? []),
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  )
}
