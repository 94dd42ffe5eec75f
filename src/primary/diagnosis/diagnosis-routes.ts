import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { DiagnosisKind } from '../../protocol/diagnosis.ts'
import type { StackAnswer } from '../../protocol/operators-api.ts'
import type { Diagnosis } from './diagnosis.ts'
import { type DiagnosisRequest, readDiagnosisRequest, readStackRequest } from './diagnosis-request.ts'

/** A caller that takes nothing for so long has gone, or sleeps: it must not keep others from looking, nor a snapshot in memory. */
const STALLED_MS = 60_000

/**
 * Makes the file that a request asks for, and sends it while it is read. A caller that goes away ends it, and so does
 * one that does not read on.
 *
 * @throws {ProblemError} where nothing has been sent yet
 * @throws where it was cut off in the middle
 */
export async function sendDiagnosis(
  kind: DiagnosisKind,
  diagnosis: Pick<Diagnosis, 'file'>,
  request: IncomingMessage,
  response: ServerResponse,
  stalledMs = STALLED_MS,
): Promise<void> {
  const wanted = readDiagnosisRequest(kind, queryOf(request))
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const file = await diagnosis.file(wanted, gone.signal)
  response.writeHead(200, {
    'Content-Type': 'application/json',
    'Content-Disposition': `attachment; filename="${fileName(wanted)}"`,
    'Cache-Control': 'no-store',
  })
  response.setTimeout(stalledMs, () => response.destroy())
  await pipeline(file, response)
}

/** @throws {ProblemError} */
export function answerStack(
  diagnosis: Pick<Diagnosis, 'stack'>,
  request: IncomingMessage,
): Promise<StackAnswer> {
  return diagnosis.stack(readStackRequest(queryOf(request)))
}

const SUFFIXES: Readonly<Record<DiagnosisKind, string>> = {
  profile: 'cpuprofile',
  'heap-snapshot': 'heapsnapshot',
  report: 'report.json',
}

/** `offloop-slot-1-thread-0.cpuprofile` */
export function fileName({ kind, slot, thread }: DiagnosisRequest): string {
  const of = slot === undefined ? 'primary' : `slot-${slot}${thread === undefined ? '' : `-thread-${thread}`}`
  return `offloop-${of}.${SUFFIXES[kind]}`
}

function queryOf({ url = '' }: IncomingMessage): string {
  return url.split('?').slice(1).join('?')
}
