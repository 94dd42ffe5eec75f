import type { IRouter, Request, Response } from 'express'
import { closest } from 'fastest-levenshtein'
import Negotiator from 'negotiator'
import { ProblemError } from '../../errors.ts'
import type { Logger } from '../../observability/logger.ts'
import { formatTraceparent } from '../../observability/trace-context.ts'
import { mediaTypesOf, selectForm } from '../../protocol/select-form.ts'
import type { CatalogueEntry, TaskRefused } from '../../protocol/thread-messages.ts'
import type { Scheduler } from '../../scheduler/scheduler.ts'
import type { MinRate } from '../byte-rate.ts'
import { clientOf, clientTimeoutMs } from '../caller.ts'
import { allowOnly } from '../middleware/errors.ts'
import { factsOf, timelineOf } from '../middleware/request-log.ts'
import { traceOf } from '../middleware/request-trace.ts'
import { sendProblem } from '../problem-response.ts'
import {
  announcedLength,
  assertBodyFits,
  ClientGoneError,
  hasBody,
  readRequestBody,
  readSharedRequestBody,
} from '../request-body.ts'
import { tellTimes } from '../server-timing.ts'
import { sendTaskAnswer } from '../task-response.ts'
import { whenOver } from '../when-over.ts'

/** Tasks that have an address of their own, as the first clients of this API know them. */
const NAMED_ENDPOINTS = ['process-image', 'analyze-data']

export interface TaskRouteDependencies {
  readonly catalogue: readonly CatalogueEntry[]
  readonly scheduler: Scheduler
  readonly log: Logger
  /** Header that tells clients apart, empty for none. */
  readonly clientHeader: string
  readonly minBodyRate: MinRate
}

/** `GET /api/tasks`, `POST /api/tasks/:name` and the tasks with an address of their own. */
export function addTaskRoutes(router: IRouter, dependencies: TaskRouteDependencies): void {
  const { catalogue } = dependencies
  const tasks = new Map(catalogue.map((task) => [task.name, task]))
  const listing = Buffer.from(JSON.stringify({ success: true, tasks: catalogue }))
  const run = (name: string, request: Request, response: Response) =>
    runTask(taskNamed(name, tasks), dependencies, request, response)

  router
    .route('/api/tasks')
    .get((_request, response) => {
      response.type('json').send(listing)
    })
    .all(allowOnly('GET', 'HEAD'))
  router
    .route('/api/tasks/:name')
    .post((request, response) => run(request.params.name, request, response))
    .all(allowOnly('POST'))
  for (const name of NAMED_ENDPOINTS) {
    router
      .route(`/api/${name}`)
      .post((request, response) => run(name, request, response))
      .all(allowOnly('POST'))
  }
}

function taskNamed(name: string, tasks: ReadonlyMap<string, CatalogueEntry>): CatalogueEntry {
  const task = tasks.get(name)
  if (task !== undefined) return task
  const nearest = closest(name.slice(0, 100), [...tasks.keys()])
  throw new ProblemError(
    'TASK_NOT_FOUND',
    `There is no task ${JSON.stringify(name)}, did you mean "${nearest}"?`,
  )
}

/** What can be refused by the headers alone is refused before the body is read. */
async function runTask(
  task: CatalogueEntry,
  { scheduler, log, clientHeader, minBodyRate }: TaskRouteDependencies,
  request: Request,
  response: Response,
): Promise<void> {
  const facts = factsOf(response)
  facts.task = task.name
  assertAcceptable(task, request)
  assertMediaType(task, request)
  assertBodyFits(request, task.limits.inputBytes)
  const timeoutMs = clientTimeoutMs(request)
  const asking = {
    client: clientOf(request, clientHeader),
    ...(timeoutMs !== undefined && { deadline: performance.now() + timeoutMs }),
  }
  scheduler.assertAdmits(task, asking, announcedLength(request))

  const signal = goneSignal(response)
  const lease = scheduler.lease()
  const onBytes = (bytes: number) => {
    facts.requestBytes += bytes
    if (!lease.grow(bytes)) throw lease.refusal()
  }
  const bodyLimits = { maxBytes: task.limits.inputBytes, minRate: minBodyRate, onBytes }
  // What may be tried again is kept, in memory that its thread only borrows.
  const readInput = task.retry ? readSharedRequestBody : readRequestBody
  const timeline = timelineOf(response)
  const trace = traceOf(response)
  try {
    timeline.begin('body', timeline.startedAt)
    const submission = {
      requestId: facts.requestId,
      traceparent: formatTraceparent(trace),
      tracestate: trace.tracestate,
      body: await readInput(request, response, bodyLimits),
      contentType: request.headers['content-type'],
      contentEncoding: request.headers['content-encoding'],
      accept: request.headers.accept,
      query: queryOf(request),
    }
    timeline.end()
    const caller = { ...asking, signal, onInputGone: lease.release, timeline }
    const { answer, attempts, sibling, release } = await scheduler.run(task, submission, caller)
    tellTimes(response)
    if (attempts > 1) facts.attempts = attempts
    if (sibling !== undefined) facts.sibling = sibling
    if (response.destroyed) release()
    else whenOver(response, release)
    if (answer.kind === 'succeeded') sendTaskAnswer(response, answer)
    else refuse(answer, log, request, response)
  } finally {
    lease.release()
  }
}

function assertAcceptable(task: CatalogueEntry, request: Request): void {
  const { accept } = request.headers
  if (accept === undefined || accept === '*/*') return
  if (new Negotiator(request).mediaType([...task.produces]) !== undefined) return
  throw new ProblemError(
    'NOT_ACCEPTABLE',
    `Cannot answer in ${JSON.stringify(request.headers.accept)}: expected to accept one of ${task.produces.join(', ')}`,
    { details: { produces: task.produces } },
  )
}

function assertMediaType(task: CatalogueEntry, request: Request): void {
  const contentType = request.headers['content-type']
  if (!hasBody(request) || selectForm(task.input, contentType) !== undefined) return
  const accepted = mediaTypesOf(task.input)
  throw new ProblemError(
    'MEDIA_TYPE_UNSUPPORTED',
    `Cannot take ${contentType === undefined ? 'a body without a Content-Type' : JSON.stringify(contentType)}: expected ${accepted.join(' or ')}`,
    { details: { accepts: accepted }, headers: { Accept: accepted.join(', ') } },
  )
}

/** Aborted when the connection closes before the answer is out. */
function goneSignal(response: Response): AbortSignal {
  const controller = new AbortController()
  whenOver(response, () => {
    if (!response.writableFinished)
      controller.abort(new ClientGoneError('The connection closed before the answer'))
  })
  return controller.signal
}

function queryOf({ originalUrl }: Request): string {
  const mark = originalUrl.indexOf('?')
  return mark === -1 ? '' : originalUrl.slice(mark + 1)
}

/** A task's own error. Its stack is for the log alone. */
function refuse(answer: TaskRefused, log: Logger, request: Request, response: Response): void {
  const { code, status, message: detail, details, stack } = answer
  const facts = factsOf(response)
  facts.code = code
  if (stack !== undefined) log.error({ ...facts, stack }, detail)
  sendProblem(request, response, { code, status, detail, details }, retryAfter(answer))
}

function retryAfter({ code, details }: TaskRefused): Record<string, string> {
  const seconds = details?.retryAfterSeconds
  return code === 'INPUT_QUARANTINED' && typeof seconds === 'number' ? { 'Retry-After': String(seconds) } : {}
}
