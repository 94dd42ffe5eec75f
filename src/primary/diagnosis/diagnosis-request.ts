import { ProblemError } from '../../errors.ts'
import type { DiagnosisKind, DiagnosisOrder } from '../../protocol/diagnosis.ts'

/** What somebody wants to know. */
export interface DiagnosisRequest extends DiagnosisOrder {
  /** Undefined for the primary itself. */
  readonly slot: number | undefined
}

const PARAMETERS: Readonly<Record<DiagnosisKind | 'stack', readonly Parameter[]>> = {
  profile: ['slot', 'thread', 'seconds'],
  'heap-snapshot': ['slot', 'thread'],
  report: ['slot'],
  stack: ['slot'],
}

type Parameter = 'slot' | 'thread' | 'seconds'

const RANGES: Readonly<Record<Parameter, readonly [min: number, max: number]>> = {
  slot: [0, 511],
  thread: [0, 127],
  seconds: [1, 300],
}

const DEFAULT_SECONDS = 10

/**
 * Reads what is wanted from the query of a request.
 *
 * @param query without its question mark
 * @throws {ProblemError} `DIAGNOSIS_INVALID`
 */
export function readDiagnosisRequest(kind: DiagnosisKind, query: string): DiagnosisRequest {
  const { slot, thread, seconds = DEFAULT_SECONDS } = readParameters(kind, query)
  if (slot === undefined && thread !== undefined) {
    throw invalid(`Cannot look into thread ${thread}: expected the slot of its process as well`)
  }
  return { kind, slot, thread, seconds }
}

/** The same for `/stack`, which is of an HTTP process always. */
export function readStackRequest(query: string): number {
  const { slot } = readParameters('stack', query)
  if (slot !== undefined) return slot
  throw invalid('Cannot tell whose stack is wanted: expected the parameter slot')
}

function readParameters(kind: DiagnosisKind | 'stack', query: string): Partial<Record<Parameter, number>> {
  const known = PARAMETERS[kind]
  const found: Partial<Record<Parameter, number>> = {}
  for (const [name, text] of new URLSearchParams(query)) {
    const parameter = known.find((each) => each === name)
    if (parameter === undefined) {
      throw invalid(
        `Cannot use the parameter ${JSON.stringify(name.slice(0, 40))}: expected ${known.join(', ')}`,
      )
    }
    if (found[parameter] !== undefined) throw invalid(`Cannot use ${name}: expected it once, got it twice`)
    found[parameter] = readInteger(parameter, text)
  }
  return found
}

function readInteger(name: Parameter, text: string): number {
  const [min, max] = RANGES[name]
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  throw invalid(
    `Cannot use ${name}: expected an integer from ${min} to ${max}, got ${JSON.stringify(text.slice(0, 40))}`,
  )
}

function invalid(sentence: string): ProblemError {
  return new ProblemError('DIAGNOSIS_INVALID', sentence)
}
