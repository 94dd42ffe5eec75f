import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { RequestHandler, Response } from 'express'
import type { Logger } from '../../observability/logger.ts'
import { Timeline } from '../../observability/timeline.ts'
import { whenOver } from '../when-over.ts'
import { AccessSampling } from './access-sampling.ts'

/** What is known of a request besides HTTP; written into its log line. */
export interface RequestFacts {
  readonly requestId: string
  traceId?: string
  /** Somebody records the trace. */
  traceSampled?: true
  task?: string
  /** Bytes of the body that have arrived: a client can announce any number. */
  requestBytes: number
  /** Milliseconds from the arrival until the body was there. */
  bodyMs?: number
  /** From there to the start on a thread, and from one attempt to the next. */
  queueMs?: number
  /** On threads, all attempts together, from bytes to what the task returned. */
  runMs?: number
  /** What the thread took to make bytes of that. */
  encodeMs?: number
  /** Runs that were begun, where there was more than one. */
  attempts?: number
  /** Process id of the sibling that ran the task, where one did. */
  sibling?: number
  /** The error code of the answer. */
  code?: string
}

/** The facts of a request, to be read and added to until its answer is out. */
export function factsOf(response: Response): RequestFacts {
  return response.locals.facts as RequestFacts
}

/** What a request has been through so far. */
export function timelineOf(response: Response): Timeline {
  return response.locals.timeline as Timeline
}

/** Writes down where the time of a request went. What is under way ends with that: an answer, or a caller that has gone. */
export function noteTimes(response: Response): void {
  const timeline = timelineOf(response)
  timeline.end()
  const facts = factsOf(response)
  const { body, queue, run, encode } = timeline.times()
  if (body !== undefined) facts.bodyMs = roundMs(body)
  if (queue !== undefined) facts.queueMs = roundMs(queue)
  if (run !== undefined) facts.runMs = roundMs(run)
  if (encode !== undefined) facts.encodeMs = roundMs(encode)
}

/**
 * Gives each request its id, which goes out as `X-Request-Id`, and writes one line when its answer is out. Of
 * those that went well it may be one in so many; errors and what was cut off all have theirs.
 *
 * @param oneIn of how many requests that went well one has a line, 0 for none
 */
export function requestLog(log: Logger, oneIn: number): RequestHandler {
  const sampling = new AccessSampling(oneIn)
  return function logRequest(request, response, next) {
    const timeline = new Timeline()
    const facts: RequestFacts = { requestId: requestIdOf(request), requestBytes: 0 }
    Object.assign(response.locals, { timeline, facts })
    response.setHeader('X-Request-Id', facts.requestId)
    // A socket that is closed no longer knows.
    const { remoteAddress } = request.socket
    whenOver(response, () => {
      const complete = response.writableFinished
      if (!complete) noteTimes(response)
      const level = complete ? levelOf(response.statusCode) : 'warn'
      if (!log.isLevelEnabled(level)) return
      const wentWell = complete && response.statusCode < 400
      if (wentWell && !sampling.isNext(facts.task)) return
      log[level](
        {
          ...facts,
          ...(wentWell && sampling.facts),
          method: request.method,
          url: withoutSecrets(request.originalUrl),
          status: statusOf(response),
          durationMs: roundMs(performance.now() - timeline.startedAt),
          responseBytes: Number(response.getHeader('Content-Length') ?? 0),
          remoteAddress,
          userAgent: request.headers['user-agent'],
        },
        complete ? 'request' : 'request cut off',
      )
    })
    next()
  }
}

/** Of a response that has closed. 499 is how nginx logs a client that did not wait; nothing was sent to it. */
export function statusOf(response: Response): number {
  return response.writableFinished || response.headersSent ? response.statusCode : 499
}

/** A caller's own id is taken over where it is short and plain enough for logs and headers. */
function requestIdOf(request: IncomingMessage): string {
  const offered = request.headers['x-request-id']
  return typeof offered === 'string' && /^[\w.:/+=-]{1,128}$/.test(offered) ? offered : randomUUID()
}

/** A refusal under load is the server at work, not a defect of it. */
function levelOf(status: number): 'info' | 'warn' | 'error' {
  if (status < 500) return 'info'
  return status === 503 ? 'warn' : 'error'
}

const SECRET_NAME = /token|secret|passw|key|auth|signature/i

/**
 * The values of query parameters that are secret by their name are not for logs. One pass: a single
 * expression for this would backtrack, and a long URL would hold the event loop.
 */
export function withoutSecrets(url: string): string {
  const mark = url.indexOf('?')
  if (mark === -1) return url
  const parameters = url.slice(mark + 1).split('&')
  return `${url.slice(0, mark)}?${parameters.map(withoutSecret).join('&')}`
}

function withoutSecret(parameter: string): string {
  const [name = ''] = parameter.split('=', 1)
  return name.length < parameter.length && SECRET_NAME.test(name) ? `${name}=[redacted]` : parameter
}

/** Milliseconds to a hundredth: finer is noise. */
export function roundMs(ms: number): number {
  return Math.round(ms * 100) / 100
}
