import type { Request, RequestHandler, Response } from 'express'
import type { Meters } from '../../observability/metrics/meters.ts'
import { countedMetrics as metrics } from '../../observability/metrics/metric-table.ts'
import { routeOf } from '../route-of.ts'
import { whenOver } from '../when-over.ts'
import { factsOf, type RequestFacts, statusOf, timelineOf } from './request-log.ts'
import { isRefusal, taskOutcome } from './task-outcome.ts'

/** Counts each request, once its answer is out: in the metrics of HTTP, and of its task where it has one. */
export function measureRequests(meters: Meters): RequestHandler {
  return function measureRequest(request, response, next) {
    whenOver(response, () => {
      const facts = factsOf(response)
      countRequest(meters, request, response, performance.now() - timelineOf(response).startedAt, facts)
      if (facts.task !== undefined) countTask(meters, facts.task, facts, response)
    })
    next()
  }
}

function countRequest(
  meters: Meters,
  request: Request,
  response: Response,
  durationMs: number,
  facts: RequestFacts,
): void {
  const route = routeOf(request) ?? 'none'
  const labels = [methodOf(request), route, String(statusOf(response))] as const
  meters.observe(metrics.httpRequestDuration, labels, durationMs / 1000, traceOf(facts))
  meters.count(metrics.httpRequestBodyBytes, [route], facts.requestBytes)
  const hasSentBody = response.writableFinished && request.method !== 'HEAD'
  if (!hasSentBody) return
  meters.count(metrics.httpResponseBodyBytes, [route], Number(response.getHeader('Content-Length') ?? 0))
}

function countTask(meters: Meters, task: string, facts: RequestFacts, response: Response): void {
  const { code, bodyMs, queueMs, runMs, encodeMs } = facts
  const outcome = taskOutcome(code, response.headersSent)
  if (bodyMs !== undefined) meters.observe(metrics.taskBody, [task], bodyMs / 1000)
  if (encodeMs !== undefined) meters.observe(metrics.taskEncode, [task], encodeMs / 1000)
  if (queueMs !== undefined || outcome === 'refused') {
    meters.observe(metrics.taskQueueWait, [task, outcome], (queueMs ?? 0) / 1000)
  }
  if (runMs !== undefined && outcome !== 'refused') {
    meters.observe(metrics.taskRun, [task, outcome], runMs / 1000, traceOf(facts))
  }
  if (code !== undefined && isRefusal(code)) meters.count(metrics.taskRefusals, [task, code])
}

/** Of a trace that nobody records there is nothing to be looked up. */
function traceOf({ traceId, traceSampled }: RequestFacts): string | undefined {
  return traceSampled ? traceId : undefined
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

function methodOf({ method }: Request): string {
  return METHODS.has(method) ? method : 'other'
}
