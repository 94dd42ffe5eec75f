import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import { isErrorCode, ProblemError } from '../../errors.ts'
import {
  ENCODE_HEADER,
  encodeRun,
  KEY_HEADER,
  KIND_HEADER,
  MAX_HEADER_BYTES,
  RUN_HEADER,
  type SharedAnswerKind,
  type SharedProblem,
  type SharedRunRequest,
  siblingAddress,
} from '../../protocol/shared-run.ts'
import type { CatalogueEntry, TaskRefused } from '../../protocol/thread-messages.ts'
import type { FinalAnswer, Submission } from '../../scheduler/limited-run.ts'
import type { SharedCaller } from '../../scheduler/siblings.ts'
import { readMessage } from '../request-body.ts'

export interface SiblingRequestOptions extends SharedCaller {
  readonly pid: number
  readonly key: string
  readonly task: CatalogueEntry
  readonly submission: Submission
}

export interface SiblingRequest {
  /**
   * `begun`: the sibling runs it. `refused`: it has no thread free. `failed`: it cannot be reached, or does
   * not answer. In the last two cases nothing has run. Never rejects.
   */
  readonly outcome: Promise<'begun' | 'refused' | 'failed'>
  /** Once it has begun, see `SharedRun`. */
  readonly answer: Promise<FinalAnswer>
}

/** A sibling whose event loop turns says within this time whether it takes a run. */
const REPLY_MS = 100

/** By so much a sibling may be late with a run that has reached its time limit, before it counts as lost. */
const LATE_MS = 2000

/** Connections are kept: to open one costs as much as to ask. */
const agent = new Agent({ keepAlive: true, maxFreeSockets: 128 })

/**
 * Asks a sibling to run a task (`protocol/shared-run.ts`). The body is sent once it has agreed, and stays
 * here until it has answered: whatever happens before it begins, nothing is lost.
 */
export function startSiblingRequest(options: SiblingRequestOptions): SiblingRequest {
  const { signal, submission, task } = options
  const outcome = Promise.withResolvers<'begun' | 'refused' | 'failed'>()
  const answer = Promise.withResolvers<FinalAnswer>()
  // Who was refused has no interest in it.
  answer.promise.catch(() => {})

  const outgoing = open(options)
  const end = (error: unknown) => {
    outcome.resolve('failed')
    answer.reject(error)
    outgoing.destroy()
  }
  const onAbort = () => end(signal.reason)
  // The body has not been sent by then, so that nothing can have begun.
  let timer = setTimeout(() => end(new Error('The sibling did not reply')), REPLY_MS)
  const settle = () => {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
  signal.addEventListener('abort', onAbort, { once: true })
  // From here on it may have begun, whether we know or not: there is no second attempt.
  const onLate = () => {
    outcome.resolve('begun')
    end(lost(task))
  }
  outgoing.on('continue', () => {
    clearTimeout(timer)
    timer = setTimeout(onLate, longestRunMs(options) + LATE_MS)
    outgoing.end(Buffer.from(submission.body))
  })
  outgoing.on('information', ({ statusCode }) => {
    if (statusCode === 102) outcome.resolve('begun')
  })
  outgoing.on('response', (response) => {
    if (response.statusCode !== 200) {
      settle()
      outcome.resolve('refused')
      outgoing.destroy()
      return
    }
    const onFailure = (error: unknown) => answer.reject(error instanceof ProblemError ? error : lost(task))
    void readAnswer(response).then(answer.resolve, onFailure).finally(settle)
  })
  outgoing.on('error', () => end(lost(task)))
  outgoing.once('close', settle)
  return { outcome: outcome.promise, answer: answer.promise }
}

function open({ pid, key, task, submission, ...caller }: SiblingRequestOptions): ClientRequest {
  const { contentType, contentEncoding, accept, requestId, query, traceparent, tracestate, body } = submission
  const patience = patienceMs(caller)
  const run: SharedRunRequest = {
    task: task.name,
    requestId,
    query,
    traceparent,
    ...(tracestate !== undefined && { tracestate }),
    ...(contentType !== undefined && { contentType }),
    ...(contentEncoding !== undefined && { contentEncoding }),
    ...(accept !== undefined && { accept }),
    ...(patience !== undefined && { patienceMs: patience }),
  }
  return request({
    socketPath: siblingAddress(pid, key),
    agent,
    method: 'POST',
    maxHeaderSize: MAX_HEADER_BYTES,
    headers: {
      [KEY_HEADER]: key,
      [RUN_HEADER]: encodeRun(run),
      'Content-Length': body.byteLength,
      Expect: '100-continue',
    },
  })
}

function longestRunMs({ task, ...caller }: SiblingRequestOptions): number {
  return Math.min(task.limits.timeMs, patienceMs(caller) ?? Number.POSITIVE_INFINITY)
}

function patienceMs({ deadline }: Pick<SharedCaller, 'deadline'>): number | undefined {
  return deadline === undefined ? undefined : Math.max(1, Math.round(deadline - performance.now()))
}

/** @throws {ProblemError} where the run ended with one */
async function readAnswer(response: IncomingMessage): Promise<FinalAnswer> {
  const body = await readMessage(response, UNLIMITED)
  const kind = response.headers[KIND_HEADER] as SharedAnswerKind
  switch (kind) {
    case 'succeeded': {
      const encodeMs = Number(response.headers[ENCODE_HEADER] ?? 0)
      return { kind, contentType: response.headers['content-type'] ?? '', body, encodeMs }
    }
    case 'refused':
      return parse(body) as TaskRefused
    case 'problem': {
      const { code, message, details } = parse(body) as SharedProblem
      throw new ProblemError(isErrorCode(code) ? code : 'INTERNAL_ERROR', message, {
        ...(details && { details }),
      })
    }
  }
}

/** What a thread answered is bounded where it was made. */
const UNLIMITED = {
  maxBytes: Number.POSITIVE_INFINITY,
  minRate: { bytesPerSecond: 0, windowMs: 0 },
  onBytes: () => {},
}

/** Errors, which are small: a task's result is never parsed. */
function parse(body: ArrayBuffer): unknown {
  return JSON.parse(new TextDecoder().decode(body))
}

function lost({ name }: CatalogueEntry): ProblemError {
  return new ProblemError('TASK_CRASHED', `The process ended under the task "${name}"`)
}
