import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { Socket } from 'node:net'
import type { Express } from 'express'
import type { Config } from '../config/settings.ts'
import { type ErrorCode, ProblemError } from '../errors.ts'
import type { Logger } from '../observability/logger.ts'
import { countedMetrics } from '../observability/metrics/metric-table.ts'
import type { Meters } from '../observability/metrics/meters.ts'
import { answerClientErrors, refuseConnect } from './client-error.ts'
import { limitConnections } from './connection-limit.ts'
import type { Draining } from './draining.ts'
import { expressMessages } from './express-messages.ts'
import { MOST_HELD, Pipelines } from './pipelines.ts'
import { sendProblem } from './problem-response.ts'

/** How often Node looks for requests that are over their time. */
const TIMEOUT_CHECK_INTERVAL_MS = 1000

export type ServerConfig = Pick<
  Config,
  | 'headersTimeoutMs'
  | 'requestTimeoutMs'
  | 'keepAliveTimeoutMs'
  | 'maxConnections'
  | 'maxConnectionsPerAddress'
  | 'maxPipelined'
>

/** An HTTP server with its limits set on purpose. It does not listen yet. */
export function createHttpServer(
  app: Express,
  config: ServerConfig,
  { draining, log, meters }: { readonly draining: Draining; readonly log: Logger; readonly meters: Meters },
): Server {
  const onRefused = (code: ErrorCode) => meters.count(countedMetrics.httpRefused, [code])
  const server = createServer({
    ...expressMessages(app),
    headersTimeout: config.headersTimeoutMs,
    requestTimeout: config.requestTimeoutMs,
    keepAliveTimeout: config.keepAliveTimeoutMs,
    connectionsCheckingInterval: TIMEOUT_CHECK_INTERVAL_MS,
    // The application refuses it, and logs that.
    requireHostHeader: false,
  })
  // Their size is bounded, so their number is; headers after the thousandth would be dropped without a word.
  server.maxHeadersCount = 0
  limitConnections(server, config, onRefused)
  const pipelines = new Pipelines({
    maxPipelined: config.maxPipelined,
    onArrival: draining.track,
    refuse: (request, response) => {
      refusePipelined(request, response)
      onRefused(TOO_MANY)
      log.warn({ code: TOO_MANY, remoteAddress: request.socket.remoteAddress }, 'a connection is refused')
    },
    onCut: ({ socket: { remoteAddress } }) => {
      onRefused(TOO_MANY)
      log.warn({ code: TOO_MANY, remoteAddress }, 'a connection is cut')
    },
  })
  const receive: RequestListener = (request, response) =>
    pipelines.receive(request, response, () => app(request, response))
  server.on('request', receive)
  // Without these listeners Node tells the client to go on, or not to, before anybody has looked at the headers.
  server.on('checkContinue', receive).on('checkExpectation', receive)
  // Node types them as any stream, for servers that are given connections of another kind.
  const answerClientError = answerClientErrors({
    pipelines,
    log,
    headersTimeoutMs: config.headersTimeoutMs,
    onRefused,
  })
  server.on('clientError', (error, socket) => answerClientError(error, socket as Socket))
  const answerConnect = refuseConnect({ pipelines, log, onRefused })
  server.on('connect', (request, socket) => answerConnect(request, socket as Socket))
  return server
}

const TOO_MANY = 'TOO_MANY_PIPELINED'

function refusePipelined(request: IncomingMessage, response: ServerResponse): void {
  const { code, status, message } = new ProblemError(
    TOO_MANY,
    `Cannot take so many requests at once: ${MOST_HELD} of this connection wait`,
  )
  response.setHeader('Connection', 'close')
  sendProblem(request, response, { code, status, detail: message })
}
