import type { RequestHandler, Response } from 'express'
import { formatTraceparent, type TraceContext } from '../../observability/trace-context.ts'
import type { Tracing } from '../tracing/tracing.ts'
import { factsOf } from './request-log.ts'

/**
 * Tells a client the trace and the span of its request, in the form of a `traceparent`. The name is that of an
 * editors' draft of the W3C; a `traceparent` in a response has no meaning in any.
 */
const RESPONSE_HEADER = 'traceresponse'

/** Puts each request into a trace: its caller's, or a new one. To be used behind the request log. */
export function requestTrace(tracing: Tracing): RequestHandler {
  return function traceRequest(request, response, next) {
    tracing.begin(request, response, (context) => {
      response.locals.trace = context
      const facts = factsOf(response)
      facts.traceId = context.traceId
      if (context.sampled) facts.traceSampled = true
      response.setHeader(RESPONSE_HEADER, formatTraceparent(context))
      next()
    })
  }
}

/** The trace of a request, with the span that stands for it here. */
export function traceOf(response: Response): TraceContext {
  return response.locals.trace as TraceContext
}
