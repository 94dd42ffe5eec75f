import type { IdSource } from './random-ids.ts'

/** Where a request stands in a trace (W3C Trace Context). */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** 16 hexadecimal digits: of the span that stands for this request here, or of the caller's. */
  readonly spanId: string
  /** Somebody records the trace. */
  readonly sampled: boolean
  /** What others have to say about the trace, as a header; nothing of ours is in it. */
  readonly tracestate?: string
}

/** What is read of a request's headers, by their names in small letters. A header that came twice is joined by a comma. */
export type TraceHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/**
 * The trace that a request belongs to, with a span of its own: the caller's where it named one, else a new one,
 * which nobody records.
 */
export function continueTrace(headers: TraceHeaders, ids: IdSource): TraceContext {
  const caller = callersContext(headers)
  if (caller !== undefined) return { ...caller, spanId: ids.spanId() }
  return { traceId: ids.traceId(), spanId: ids.spanId(), sampled: false }
}

/** What a caller says of the trace; undefined where it says nothing, or nothing that can be understood. */
export function callersContext({ traceparent, tracestate }: TraceHeaders): TraceContext | undefined {
  if (typeof traceparent !== 'string') return undefined
  const parent = parseTraceparent(traceparent)
  if (parent === undefined || typeof tracestate !== 'string') return parent
  const state = boundedTracestate(tracestate)
  return state === undefined ? parent : { ...parent, tracestate: state }
}

const SAMPLED = 0x01
const NO_TRACE = '0'.repeat(32)
const NO_SPAN = '0'.repeat(16)

/** version, trace id, parent id, flags, and of later versions whatever they add */
const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/

/**
 * Of versions later than ours it reads what ours has, as the specification wants it (4.3, Versioning of
 * traceparent).
 *
 * @returns undefined for what is to be treated as if it had not been sent
 */
export function parseTraceparent(value: string): TraceContext | undefined {
  const [, version, traceId = '', spanId = '', flags = '', more] = TRACEPARENT.exec(value) ?? []
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined
  if (traceId === NO_TRACE || spanId === NO_SPAN) return undefined
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & SAMPLED) !== 0 }
}

/** In the version that we know; flags other than the one for sampled are not ours to pass on. */
export function formatTraceparent({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`
}

/** Of a traceparent as {@link formatTraceparent} makes it. */
export function traceIdOf(traceparent: string): string {
  return traceparent.slice(3, 35)
}

const MOST_MEMBERS = 32
/** So many characters have to be passed on; what is longer may lose members. */
const MOST_CHARACTERS = 512
/** Longer members go first. */
const LONG_MEMBER = 128

const MEMBER =
  /^[a-z\d][a-z\d_\-*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/

/**
 * A tracestate as it may be passed on: untouched, unless it is longer than everybody has to take.
 *
 * @returns undefined where it is not one, and then nothing of it may be used
 */
export function boundedTracestate(value: string): string | undefined {
  const members = value
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '')
  if (members.length === 0 || members.length > MOST_MEMBERS) return undefined
  if (!members.every((member) => MEMBER.test(member))) return undefined
  return value.length <= MOST_CHARACTERS ? value : shortened(members)
}

/** Whole members go: the long ones first, then those at the end, which are the oldest. */
function shortened(members: readonly string[]): string | undefined {
  const left = [...members]
  const tooLong = () => left.join(',').length > MOST_CHARACTERS
  while (tooLong()) {
    const long = left.findLastIndex((member) => member.length > LONG_MEMBER)
    left.splice(long === -1 ? left.length - 1 : long, 1)
  }
  return left.length === 0 ? undefined : left.join(',')
}
