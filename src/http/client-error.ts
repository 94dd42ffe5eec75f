import type { Duplex } from 'node:stream'
import type { ErrorCode } from '../errors.ts'
import { endWithProblem } from './raw-problem.ts'

/**
 * Answers what never became a request, or took too long to become one: there is no response object
 * to write to, so the bytes go to the socket. The connection ends with it.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable || hasResponseUnderWay(socket)) socket.destroy()
  else endWithProblem(socket, CODES[error.code ?? ''] ?? 'REQUEST_MALFORMED')
}

const CODES: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
}

/** A second status line within an answer would be taken for part of it. Node's example looks at the same field. */
function hasResponseUnderWay(socket: Duplex & { _httpMessage?: { headersSent: boolean } }): boolean {
  return socket._httpMessage?.headersSent ?? false
}
