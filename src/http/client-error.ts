import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { ErrorCode } from '../errors.ts'
import type { Logger } from '../observability/logger.ts'
import type { Pipelines } from './pipelines.ts'
import { endWithProblem } from './raw-problem.ts'

export interface ClientErrorOptions {
  readonly pipelines: Pipelines
  readonly log: Logger
  readonly headersTimeoutMs: number
  readonly onRefused: (code: ErrorCode) => void
}

/**
 * Answers what never became a request, or took too long to become one: there is no response object
 * to write to, so the bytes go to the socket, behind the answers that it still owes. The connection ends
 * with it.
 */
export function answerClientErrors(options: ClientErrorOptions) {
  const { pipelines, headersTimeoutMs } = options
  return function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
    if (error.code === 'ECONNRESET') {
      socket.destroy()
      return
    }
    // Node says so again for whatever arrives behind; the first time counts.
    const answer = () => pipelines.afterAnswers(socket, () => endWith(error, socket, options))
    const isLate = error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
    if (!(isLate && pipelines.excuse(socket, headersTimeoutMs, answer))) answer()
  }
}

function endWith(error: NodeJS.ErrnoException, socket: Socket, options: ClientErrorOptions): void {
  const { log, onRefused } = options
  if (socket.destroyed) return
  const code = CODES[error.code ?? ''] ?? 'REQUEST_MALFORMED'
  onRefused(code)
  log.info({ code, reason: error.message, remoteAddress: socket.remoteAddress }, 'not a request')
  if (!socket.writable || hasResponseUnderWay(socket)) socket.destroy()
  else endWithProblem(socket, code)
}

/** Refuses to be a proxy. Node has let go of the connection: nobody else looks after its errors. */
export function refuseConnect({ pipelines, log, onRefused }: Omit<ClientErrorOptions, 'headersTimeoutMs'>) {
  return function answerConnect({ url }: IncomingMessage, socket: Socket): void {
    socket.on('error', () => {}).resume()
    pipelines.afterAnswers(socket, () => {
      if (socket.destroyed) return
      const code = 'METHOD_NOT_ALLOWED'
      onRefused(code)
      log.info({ code, method: 'CONNECT', url, remoteAddress: socket.remoteAddress }, 'not a request')
      endWithProblem(socket, code, { detail: 'Cannot CONNECT: this is not a proxy' })
    })
  }
}

const CODES: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
}

/** A second status line within an answer would be taken for part of it. Node's example looks at the same field. */
function hasResponseUnderWay(socket: Socket & { _httpMessage?: { headersSent: boolean } }): boolean {
  return socket._httpMessage?.headersSent ?? false
}
