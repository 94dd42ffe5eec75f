import { createServer, type RequestListener, type Server } from 'node:http'
import type { Config } from '../config/settings.ts'
import { ProblemError } from '../errors.ts'
import { answerClientError } from './client-error.ts'
import { limitConnections } from './connection-limit.ts'
import { sendProblem } from './problem-response.ts'

/** How often Node looks for requests that are over their time. */
const TIMEOUT_CHECK_INTERVAL_MS = 1000

/** An HTTP server with its time limits set on purpose. It does not listen yet. */
export function createHttpServer(
  app: RequestListener,
  config: Pick<
    Config,
    | 'headersTimeoutMs'
    | 'requestTimeoutMs'
    | 'keepAliveTimeoutMs'
    | 'maxConnections'
    | 'maxConnectionsPerAddress'
  >,
): Server {
  const server = createServer({
    headersTimeout: config.headersTimeoutMs,
    requestTimeout: config.requestTimeoutMs,
    keepAliveTimeout: config.keepAliveTimeoutMs,
    connectionsCheckingInterval: TIMEOUT_CHECK_INTERVAL_MS,
  })
  limitConnections(server, config)
  server.on('request', app)
  // Without this listener Node tells the client to go on before anybody has looked at the headers.
  server.on('checkContinue', app)
  server.on('checkExpectation', (request, response) => {
    const { code, status, message } = new ProblemError(
      'EXPECTATION_FAILED',
      `Cannot meet Expect: ${JSON.stringify(request.headers.expect)}: expected 100-continue`,
    )
    sendProblem(request, response, { code, status, detail: message })
  })
  server.on('clientError', answerClientError)
  return server
}
