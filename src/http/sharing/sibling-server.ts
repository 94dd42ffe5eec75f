import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { ProblemError } from '../../errors.ts'
import type { Logger } from '../../observability/logger.ts'
import {
  decodeRun,
  ENCODE_HEADER,
  KEY_HEADER,
  KIND_HEADER,
  MAX_HEADER_BYTES,
  RUN_HEADER,
  type SharedAnswerKind,
  type SharedProblem,
  type SharedRunRequest,
  siblingAddress,
} from '../../protocol/shared-run.ts'
import type { CatalogueEntry } from '../../protocol/thread-messages.ts'
import type { FinalAnswer, Submission } from '../../scheduler/limited-run.ts'
import type { Scheduler } from '../../scheduler/scheduler.ts'
import { ClientGoneError, readMessage } from '../request-body.ts'
import type { SharingCounter } from './sharing-counter.ts'

export interface SiblingServerOptions {
  readonly key: string
  readonly catalogue: readonly CatalogueEntry[]
  readonly scheduler: Scheduler
  readonly log: Logger
  readonly counter: SharingCounter
}

/** In place of the client, whose share of the memory for answers the other process watches. */
const SIBLINGS = ''

/** Takes runs from the other processes of the cluster, on threads that are free (`protocol/shared-run.ts`). */
export class SiblingServer {
  readonly #options: SiblingServerOptions
  readonly #tasks: ReadonlyMap<string, CatalogueEntry>
  /** Its limits are those of the process that passes a run on: what it sends has arrived there in whole. */
  readonly #server: Server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    keepAliveTimeout: 0,
    requestTimeout: 0,
  })
  #draining = false

  constructor(options: SiblingServerOptions) {
    this.#options = options
    this.#tasks = new Map(options.catalogue.map((task) => [task.name, task]))
    this.#server.on('checkContinue', (request, response) => void this.#answer(request, response))
    this.#server.on('request', (_request, response) => end(response, 400))
  }

  async listen(): Promise<void> {
    // Else node:cluster would have the primary listen, and deal these connections out too.
    this.#server.listen({ path: siblingAddress(process.pid, this.#options.key), exclusive: true })
    await once(this.#server, 'listening')
  }

  /** Takes nothing more and waits for what it has taken, for so long. */
  async drain(timeoutMs: number): Promise<void> {
    this.#draining = true
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    const cut = setTimeout(() => this.#server.closeAllConnections(), timeoutMs)
    await closed
    clearTimeout(cut)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { scheduler, key, log } = this.#options
    const lease = scheduler.lease()
    try {
      if (request.headers[KEY_HEADER] !== key) return end(response, 403)
      const run = decodeRun(String(request.headers[RUN_HEADER]))
      // A sibling of another release may have tasks that are not here.
      const task = this.#tasks.get(run.task)
      if (task === undefined || !this.#canStart(task)) return end(response, 503)
      response.writeContinue()
      const body = await readMessage(request, {
        maxBytes: task.limits.inputBytes,
        minRate: { bytesPerSecond: 0, windowMs: 0 },
        onBytes: (bytes) => {
          if (!lease.grow(bytes)) throw lease.refusal()
        },
      })
      if (!this.#canStart(task)) return end(response, 503)
      await this.#run(task, run, body, lease.release, response)
    } catch (error) {
      if (error instanceof ClientGoneError) return
      if (!(error instanceof ProblemError)) log.error({ err: error }, 'failed to take a run of a sibling')
      end(response, 503)
    } finally {
      lease.release()
    }
  }

  #canStart(task: CatalogueEntry): boolean {
    const { scheduler } = this.#options
    return !this.#draining && scheduler.canStart(task) && !scheduler.memory.refusalOf(SIBLINGS)
  }

  async #run(
    task: CatalogueEntry,
    run: SharedRunRequest,
    body: ArrayBuffer,
    onInputGone: () => void,
    response: ServerResponse,
  ): Promise<void> {
    const { patienceMs } = run
    const submission = submissionOf(run, body)
    const caller = {
      signal: goneSignal(response),
      client: SIBLINGS,
      onInputGone,
      ...(patienceMs !== undefined && { deadline: performance.now() + patienceMs }),
    }
    response.writeProcessing()
    this.#options.counter.recordTaken()
    const { answer, release } = await this.#options.scheduler
      .runAtOnce(task, submission, caller)
      .catch((error: unknown) => ({ answer: problemOf(error), release: () => {} }))
    if (response.destroyed) return release()
    response.once('close', release)
    if (this.#draining) response.setHeader('Connection', 'close')
    sendAnswer(response, answer)
  }
}

function submissionOf(run: SharedRunRequest, body: ArrayBuffer): Submission {
  const { requestId, query, traceparent, tracestate, contentType, contentEncoding, accept } = run
  return { requestId, query, traceparent, tracestate, body, contentType, contentEncoding, accept }
}

function sendAnswer(response: ServerResponse, answer: FinalAnswer | SharedProblem): void {
  if (!('kind' in answer)) {
    send(response, 'problem', Buffer.from(JSON.stringify(answer)))
  } else if (answer.kind === 'refused') {
    send(response, 'refused', Buffer.from(JSON.stringify(answer)))
  } else {
    response.setHeader(ENCODE_HEADER, answer.encodeMs)
    send(response, 'succeeded', Buffer.from(answer.body), answer.contentType)
  }
}

function problemOf(error: unknown): SharedProblem {
  const { code, message, details } =
    error instanceof ProblemError ? error : new ProblemError('INTERNAL_ERROR', String(error))
  return { code, message, details }
}

function send(
  response: ServerResponse,
  kind: SharedAnswerKind,
  body: Buffer,
  contentType = 'application/json',
): void {
  response.writeHead(200, {
    [KIND_HEADER]: kind,
    'Content-Type': contentType,
    'Content-Length': body.byteLength,
  })
  response.end(body)
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status, { Connection: 'close', 'Content-Length': 0 }).end()
}

/** Aborted when the sibling gives the run up, or dies. */
function goneSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) controller.abort(new ClientGoneError('The sibling gave the run up'))
  })
  return controller.signal
}
