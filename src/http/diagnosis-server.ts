import { createServer, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ProblemError } from '../errors.ts'
import { profileMainThread, profileThread } from '../observability/diagnosis/cpu-profile.ts'
import { diagnosticReport } from '../observability/diagnosis/diagnostic-report.ts'
import { snapshotMainThread, snapshotThread } from '../observability/diagnosis/heap-snapshot.ts'
import type { Logger } from '../observability/logger.ts'
import { DIAGNOSIS_KEY_HEADER, type DiagnosisOrder, type DiagnosisProblem } from '../protocol/diagnosis.ts'
import type { DiagnoseMessage } from '../protocol/process-messages.ts'
import type { OpenThreads } from '../scheduler/thread-pool.ts'

/** Connects to the primary and serves it the one answer that it asks for (`protocol/diagnosis.ts`). */
export function serveDiagnosis(message: DiagnoseMessage, threads: OpenThreads, log: Logger): void {
  const server = createServer({ requestTimeout: 0 }, (_request, response) => {
    void answer(message, threads, response, log)
  })
  const socket = connect(message.address)
  // The primary says so to whoever asked.
  socket.on('error', (error) => log.warn({ err: error }, 'the diagnosis has nobody to tell'))
  socket.once('connect', () => server.emit('connection', socket))
}

async function answer(
  { key, ...order }: DiagnoseMessage,
  threads: OpenThreads,
  response: ServerResponse,
  log: Logger,
): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort()).setHeader(DIAGNOSIS_KEY_HEADER, key)
  response.setHeader('Connection', 'close')
  try {
    const file = await carryOut(order, threads, gone.signal)
    response.writeHead(200)
    await pipeline(file, response)
  } catch (error) {
    if (gone.signal.aborted) return
    log.warn({ err: error }, 'the diagnosis failed')
    if (response.headersSent) response.destroy()
    else response.writeHead(500).end(JSON.stringify(problemOf(error)))
  }
}

async function carryOut(
  { kind, thread, seconds }: DiagnosisOrder,
  threads: OpenThreads,
  signal: AbortSignal,
): Promise<Readable> {
  const subject = thread === undefined ? undefined : threadAt(threads, thread)
  switch (kind) {
    case 'profile': {
      const ms = seconds * 1000
      return textFile(await (subject ? profileThread(subject, ms, signal) : profileMainThread(ms, signal)))
    }
    case 'heap-snapshot':
      return subject ? snapshotThread(subject, (work) => threads.hold(subject, work)) : snapshotMainThread()
    case 'report':
      return textFile(diagnosticReport())
  }
}

function threadAt(threads: OpenThreads, place: number) {
  const thread = threads.threadAt(place)
  if (thread) return thread
  throw new ProblemError('DIAGNOSIS_FAILED', `Cannot look into thread ${place}: it is being replaced`)
}

function textFile(text: string): Readable {
  return Readable.from([Buffer.from(text)])
}

/** A thread that ends under its diagnosis says so as `ERR_WORKER_NOT_RUNNING`. */
function problemOf(error: unknown): DiagnosisProblem {
  if (error instanceof ProblemError) return { code: error.code, message: error.message }
  return { code: 'DIAGNOSIS_FAILED', message: `It failed: ${(error as Error).message}` }
}
