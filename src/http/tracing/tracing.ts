import type { Request, Response } from 'express'
import type { Logger } from '../../observability/logger.ts'
import { RandomIds } from '../../observability/random-ids.ts'
import { continueTrace, type TraceContext } from '../../observability/trace-context.ts'

/** Gives each request its place in a trace. */
export interface Tracing {
  /** Goes on with the request once it has its place, inside of its span where there are spans. */
  begin(request: Request, response: Response, proceed: (context: TraceContext) => void): void
  /** Settles when spans that have ended are out, or after half a second; never rejects. */
  flush(): Promise<void>
}

/**
 * With spans where an OpenTelemetry SDK is registered in this process, as an operator does by `--import`; else with
 * ids alone, and then the API of OpenTelemetry is not even loaded (25 ms, where Express takes 100).
 *
 * @param slot of this process
 */
export async function startTracing(slot: number, log: Logger): Promise<Tracing> {
  const registered = registeredSdk()
  if (registered === undefined) return withoutSpans()
  const { findTracer, RequestSpans } = await import('./request-spans.ts')
  const tracer = findTracer()
  if (tracer !== undefined) return new RequestSpans(tracer, slot)
  // It would be silent otherwise: to the API of a version that does not fit there simply is no SDK.
  log.warn(
    { registered: registered.version },
    'no spans are made: the OpenTelemetry SDK uses another version of @opentelemetry/api, expected 1.9 or later',
  )
  return withoutSpans()
}

/** All that is left of a trace where nobody records it here. */
export function withoutSpans(): Tracing {
  const ids = new RandomIds()
  return {
    begin: ({ headers }, _response, proceed) => proceed(continueTrace(headers, ids)),
    flush: async () => {},
  }
}

/** Where all copies of the API in a process, whoever brought them, meet (its `internal/global-utils.ts`). */
const API = Symbol.for('opentelemetry.js.api.1')

function registeredSdk(): { readonly version?: unknown } | undefined {
  const api = (globalThis as { [API]?: { readonly version?: unknown; readonly trace?: unknown } })[API]
  return api?.trace === undefined ? undefined : api
}
