import {
  type Context,
  context,
  createTraceState,
  propagation,
  ProxyTracerProvider,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api'
import type { Request, Response } from 'express'
import { packageVersion } from '../../config/version.ts'
import type { Phase } from '../../observability/timeline.ts'
import { callersContext, type TraceContext } from '../../observability/trace-context.ts'
import { timelineOf } from '../middleware/request-log.ts'
import { routeOf } from '../route-of.ts'
import { whenOver } from '../when-over.ts'
import { answerAttributes, errorTypeOf, requestAttributes, spanName } from './span-attributes.ts'
import type { Tracing } from './tracing.ts'

/** Time for the last spans to be taken, before the process ends without them. */
const FLUSH_MS = 500

/** The tracer of the SDK that is registered, if there is one that this version of the API can use. */
export function findTracer(): Tracer | undefined {
  const provider = trace.getTracerProvider()
  // Of this copy of the API: nothing that it can use is registered. Another copy's is as good as the SDK itself.
  const isEmpty = provider instanceof ProxyTracerProvider && !provider.getDelegateTracer('offloop')
  return isEmpty ? undefined : provider.getTracer('offloop', packageVersion())
}

/**
 * A span for each request, and below it one for each phase that the request goes through. Those are made when
 * all is over, with their times: their parents' ids are known by then, and nothing has to be carried through the queue.
 */
export class RequestSpans implements Tracing {
  readonly #tracer: Tracer
  readonly #slot: number

  constructor(tracer: Tracer, slot: number) {
    this.#tracer = tracer
    this.#slot = slot
  }

  begin(request: Request, response: Response, proceed: (context: TraceContext) => void): void {
    const clock = epochClock()
    const { parent, kind } = placeOf(request)
    const startTime = clock(timelineOf(response).startedAt)
    const attributes = requestAttributes(request)
    const span = this.#tracer.startSpan(spanName(request.method), { kind, startTime, attributes }, parent)
    const within = trace.setSpan(parent, span)
    whenOver(response, () => this.#end(span, within, clock, request, response))
    context.with(within, () => proceed(traceContextOf(span)))
  }

  async flush(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, FLUSH_MS)
    // What cannot be sent is the SDK's to tell, and it has.
    await Promise.race([flushSdk().catch(() => {}), promise])
    clearTimeout(timer)
  }

  #end(span: Span, within: Context, clock: Clock, request: Request, response: Response): void {
    const timeline = timelineOf(response)
    timeline.end()
    if (span.isRecording()) {
      const route = routeOf(request)
      const errorType = errorTypeOf(response)
      span.updateName(spanName(request.method, route))
      span.setAttributes({ ...answerAttributes(response, route), 'offloop.slot': this.#slot })
      if (errorType !== undefined) {
        span.setAttribute('error.type', errorType).setStatus({ code: SpanStatusCode.ERROR })
      }
      this.#addPhases(timeline.phases, within, clock, errorType !== undefined)
    }
    span.end(clock(performance.now()))
  }

  #addPhases(phases: readonly Phase[], within: Context, clock: Clock, requestFailed: boolean): void {
    for (const [index, { name, startedAt, endedAt }] of phases.entries()) {
      const span = this.#tracer.startSpan(name, { startTime: clock(startedAt) }, within)
      const next = phases[index + 1]?.name
      const wasTriedAgain = next === 'queue'
      const wasTheEnd = next === undefined && requestFailed
      if (name === 'run' && (wasTriedAgain || wasTheEnd)) span.setStatus({ code: SpanStatusCode.ERROR })
      span.end(clock(endedAt))
    }
  }
}

/** Milliseconds of the epoch for a time of `performance.now()`. */
type Clock = (time: number) => number

/** For each request anew: the clock of the machine may have been set since the process started. */
function epochClock(): Clock {
  const offset = Date.now() - performance.now()
  return (time) => time + offset
}

/** Below the span that somebody has made for this request already, else below its caller's. */
function placeOf({ headers }: Request): { readonly parent: Context; readonly kind: SpanKind } {
  const active = context.active()
  // Two spans of the server's side would count as two requests.
  if (trace.getSpan(active) !== undefined) return { parent: active, kind: SpanKind.INTERNAL }
  return { parent: callerOf(headers, active), kind: SpanKind.SERVER }
}

/** As the propagator of the SDK reads it, or as we do where none is registered. */
function callerOf(headers: Request['headers'], active: Context): Context {
  if (propagation.fields().length > 0) return propagation.extract(active, headers)
  const caller = callersContext(headers)
  return caller === undefined ? active : trace.setSpanContext(active, remote(caller))
}

function remote({ traceId, spanId, sampled, tracestate }: TraceContext) {
  return {
    traceId,
    spanId,
    traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: true,
    ...(tracestate !== undefined && { traceState: createTraceState(tracestate) }),
  }
}

function traceContextOf(span: Span): TraceContext {
  const { traceId, spanId, traceFlags, traceState } = span.spanContext()
  const tracestate = traceState?.serialize() ?? ''
  const sampled = (traceFlags & TraceFlags.SAMPLED) !== 0
  return { traceId, spanId, sampled, ...(tracestate !== '' && { tracestate }) }
}

/** What all SDKs have and the API does not tell of: the provider that is registered stands behind one of the API's. */
interface SdkProvider extends TracerProvider {
  readonly getDelegate?: () => SdkProvider
  readonly forceFlush?: () => Promise<void>
}

async function flushSdk(): Promise<void> {
  const registered: SdkProvider = trace.getTracerProvider()
  const provider = registered.getDelegate?.() ?? registered
  await provider.forceFlush?.()
}
