import type { ErrorRequestHandler, RequestHandler } from 'express'
import { ProblemError } from '../../errors.ts'
import type { Logger } from '../../observability/logger.ts'
import { sendProblem } from '../problem-response.ts'
import { ClientGoneError } from '../request-body.ts'
import { tellTimes } from '../server-timing.ts'
import { factsOf } from './request-log.ts'

/** The last middleware: no route has answered. */
export const routeNotFound: RequestHandler = (request) => {
  throw new ProblemError(
    'ROUTE_NOT_FOUND',
    `Nothing is served at ${JSON.stringify(request.path)}; GET / lists what is`,
  )
}

/** For a path that exists, and a method that it does not answer. OPTIONS is told what it does answer. */
export function allowOnly(...methods: string[]): RequestHandler {
  const allow = [...methods, 'OPTIONS'].join(', ')
  return function refuseMethod(request, response) {
    if (request.method === 'OPTIONS') {
      response.status(204).setHeader('Allow', allow).end()
      return
    }
    throw new ProblemError(
      'METHOD_NOT_ALLOWED',
      `Cannot ${request.method} ${request.path}: expected ${allow}`,
      {
        headers: { Allow: allow },
      },
    )
  }
}

/** The one place where an error becomes an answer. */
export function errorAnswers(log: Logger): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return function answerError(error: unknown, request, response, _next) {
    if (error instanceof ClientGoneError || response.destroyed) return
    const facts = factsOf(response)
    if (response.headersSent) {
      // The status is out; to cut the connection is the only way left to say that it went wrong.
      log.error({ ...facts, err: error }, 'failed while answering')
      response.destroy()
      return
    }
    const problem = asProblem(error)
    facts.code = problem.code
    tellTimes(response)
    if (problem.status === 500) log.error({ ...facts, err: problem.cause ?? problem }, problem.message)
    const { code, status, details, message: detail, headers } = problem
    sendProblem(request, response, { code, status, details, detail }, headers)
  }
}

function asProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error
  if (isBadUrl(error))
    return new ProblemError('REQUEST_MALFORMED', 'Cannot decode the path of the URL', { cause: error })
  return new ProblemError(
    'INTERNAL_ERROR',
    'The server failed; the log line with this request id has the reason',
    {
      cause: error,
    },
  )
}

/** Express' router refuses paths like `/%` with a URIError that has a status. */
function isBadUrl(error: unknown): boolean {
  return error instanceof URIError && (error as { status?: unknown }).status === 400
}
