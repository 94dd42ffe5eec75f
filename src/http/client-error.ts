import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ErrorCode, errorTable } from '../errors.ts'
import { PROBLEM_MEDIA_TYPE, problemJson } from '../problem-json.ts'

/**
 * Answers what never became a request, or took too long to become one: there is no response object
 * to write to, so the bytes go to the socket. The connection ends with it.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable || hasResponseUnderWay(socket)) {
    socket.destroy()
    return
  }
  const code = CODES[error.code ?? ''] ?? 'REQUEST_MALFORMED'
  const { status, title } = errorTable[code]
  const body = problemJson({ code, status, detail: title })
  // A client that neither reads on nor closes its side would hold the connection for ever.
  setTimeout(() => socket.destroy(), LINGER_MS).unref()
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      `Content-Type: ${PROBLEM_MEDIA_TYPE}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  )
}

/** Time for the answer to arrive before the connection is cut. */
const LINGER_MS = 1000

const CODES: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
}

/** A second status line within an answer would be taken for part of it. Node's example looks at the same field. */
function hasResponseUnderWay(socket: Duplex & { _httpMessage?: { headersSent: boolean } }): boolean {
  return socket._httpMessage?.headersSent ?? false
}
