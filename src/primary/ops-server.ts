import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Config } from '../config/settings.ts'
import { type ErrorCode, ProblemError } from '../errors.ts'
import type { Logger } from '../observability/logger.ts'
import { PROBLEM_MEDIA_TYPE, problemJson } from '../problem-json.ts'
import type { DiagnosisKind } from '../protocol/diagnosis.ts'
import type {
  ClusterStatus,
  LogLevel,
  LogLevelChange,
  ReloadVerdict,
  ScaleVerdict,
} from '../protocol/operators-api.ts'
import { assertMayControl } from './control-guard.ts'
import type { Diagnosis } from './diagnosis/diagnosis.ts'
import { answerStack, sendDiagnosis } from './diagnosis/diagnosis-routes.ts'
import { type ContentType, metricsType } from './metrics/content-type.ts'
import { readLogLevelRequest } from './log-level-request.ts'
import { readScaleRequest } from './scale-request.ts'

/** What operators can see of the cluster and do to it. */
export interface ClusterControl {
  status(): ClusterStatus
  metrics(contentType: ContentType): Promise<string>
  /** Slots that have to be ready for the cluster to be. */
  minReady(): number
  reload(): Promise<ReloadVerdict>
  scale(processes: number): Promise<ScaleVerdict>
  /** Changes the lowest level that is logged, everywhere. */
  setLogLevel(level: LogLevel): LogLevelChange
  /** Begins to shut down. */
  stop(): void
  readonly diagnosis: Pick<Diagnosis, 'file' | 'stack'>
}

export interface OpsServerOptions {
  readonly config: Pick<Config, 'opsHost' | 'opsPort' | 'opsToken'>
  readonly cluster: ClusterControl
  readonly log: Logger
}

/**
 * Starts the operators' server. It answers from the primary, so it answers when every HTTP process
 * is busy, hung or dead.
 *
 * @returns the server and the port it listens on
 */
export async function startOpsServer(options: OpsServerOptions): Promise<{ server: Server; port: number }> {
  const { opsPort, opsHost } = options.config
  // A reload takes as long as it takes; its caller is not to be cut off.
  const server = createServer({ keepAliveTimeout: 5000 })
  server.on('request', (request, response) => void answer(request, response, server, options))
  server.listen({ port: opsPort, host: opsHost })
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}

interface Answer {
  readonly status: number
  /** JSON, or text as it is. */
  readonly body: object | string
  readonly contentType?: string
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  server: Server,
  { config, cluster, log }: OpsServerOptions,
): Promise<void> {
  try {
    const { method = '', headers } = request
    const route = routeOf(request)
    const isControl = route.method === 'POST'
    if (isControl) {
      assertMayControl(request, (server.address() as AddressInfo).address, config.opsToken)
      log.info({ method, url: request.url, from: request.socket.remoteAddress }, 'operators: control')
    }
    const answered = await route.answer(cluster, request, response)
    if (answered) {
      const { status, body, contentType = 'application/json; charset=utf-8' } = answered
      send(response, status, contentType, typeof body === 'string' ? body : JSON.stringify(body))
    }
    if (headers.expect !== undefined) request.resume()
  } catch (error) {
    // Its caller has gone, perhaps in the middle of the body.
    if (error === request.errored || response.destroyed) return
    // What cannot be finished any more must not look as if it were whole.
    if (response.headersSent) response.destroy()
    else sendError(response, error, log)
  }
}

interface Route {
  readonly method: 'GET' | 'POST'
  /** Nothing where it has written the answer itself. */
  readonly answer: (
    cluster: ClusterControl,
    request: IncomingMessage,
    response: ServerResponse,
  ) => Answer | Promise<Answer | undefined>
}

const ROUTES: Readonly<Record<string, Route>> = {
  '/livez': { method: 'GET', answer: () => ({ status: 200, body: { status: 'alive' } }) },
  '/readyz': { method: 'GET', answer: readiness },
  '/status': { method: 'GET', answer: (cluster) => ({ status: 200, body: cluster.status() }) },
  '/metrics': {
    method: 'GET',
    answer: async (cluster, request) => {
      const contentType = metricsType(request.headers.accept)
      return { status: 200, body: await cluster.metrics(contentType), contentType }
    },
  },
  '/reload': {
    method: 'POST',
    answer: async (cluster) => verdictAnswer(await cluster.reload(), 'RELOAD_FAILED'),
  },
  '/scale': {
    method: 'POST',
    answer: async (cluster, request) => {
      const { processes } = await readScaleRequest(request)
      return verdictAnswer(await cluster.scale(processes), 'SCALE_FAILED')
    },
  },
  '/log-level': {
    method: 'POST',
    answer: async (cluster, request) => {
      const { level } = await readLogLevelRequest(request)
      return { status: 200, body: { success: true, ...cluster.setLogLevel(level) } }
    },
  },
  '/stop': {
    method: 'POST',
    answer: (cluster) => {
      cluster.stop()
      return { status: 202, body: { success: true, pid: process.pid } }
    },
  },
  '/profile': fileRoute('profile'),
  '/heap-snapshot': fileRoute('heap-snapshot'),
  '/report': fileRoute('report'),
  '/stack': {
    method: 'POST',
    answer: async ({ diagnosis }, request) => ({ status: 200, body: await answerStack(diagnosis, request) }),
  },
}

function fileRoute(kind: DiagnosisKind): Route {
  return {
    method: 'POST',
    answer: async ({ diagnosis }, request, response) => {
      await sendDiagnosis(kind, diagnosis, request, response)
      return undefined
    },
  }
}

function routeOf({ method = '', url = '/' }: IncomingMessage): Route {
  const [path = ''] = url.split('?', 1)
  const route = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined
  if (route === undefined) {
    throw new ProblemError(
      'ROUTE_NOT_FOUND',
      `Nothing is served at ${JSON.stringify(path)}: expected one of ${Object.keys(ROUTES).join(', ')}`,
    )
  }
  if (method === route.method || (method === 'HEAD' && route.method === 'GET')) return route
  const allow = route.method === 'GET' ? 'GET, HEAD' : 'POST'
  throw new ProblemError('METHOD_NOT_ALLOWED', `Cannot ${method} ${path}: expected ${allow}`, {
    headers: { Allow: allow },
  })
}

function readiness(cluster: ClusterControl): Answer {
  const { readySlots, shuttingDown } = cluster.status()
  const minReady = cluster.minReady()
  if (shuttingDown) return { status: 503, body: { status: 'not ready', reason: 'shutting down', readySlots } }
  return readySlots >= minReady
    ? { status: 200, body: { status: 'ready', readySlots } }
    : {
        status: 503,
        body: { status: 'not ready', reason: 'too few slots are ready', readySlots, minReady },
      }
}

function verdictAnswer(verdict: ReloadVerdict | ScaleVerdict, failure: ErrorCode): Answer {
  if (verdict.verdict !== 'failed') return { status: 200, body: { success: true, ...verdict } }
  throw new ProblemError(failure, verdict.reason ?? 'It failed for a reason that is not known', {
    details: { ...verdict },
  })
}

function sendError(response: ServerResponse, error: unknown, log: Logger): void {
  const problem =
    error instanceof ProblemError
      ? error
      : new ProblemError('INTERNAL_ERROR', 'The primary failed; the log has the reason', { cause: error })
  if (problem.code === 'INTERNAL_ERROR') log.error({ err: error }, problem.message)
  const { code, status, message: detail, details, headers } = problem
  response.setHeaders(new Map(Object.entries(headers)))
  send(response, status, PROBLEM_MEDIA_TYPE, problemJson({ code, status, detail, details }))
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
  })
  response.end(body)
}
