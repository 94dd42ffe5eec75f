import express, { type Express } from 'express'
import type { Logger } from '../observability/logger.ts'
import type { Meters } from '../observability/metrics/meters.ts'
import type { CatalogueEntry } from '../protocol/thread-messages.ts'
import type { Scheduler } from '../scheduler/scheduler.ts'
import type { MinRate } from './byte-rate.ts'
import { errorAnswers, routeNotFound } from './middleware/errors.ts'
import { refuseUnanswerable } from './middleware/refuse-unanswerable.ts'
import { measureRequests } from './middleware/measure-requests.ts'
import { requestLog } from './middleware/request-log.ts'
import { oneLayer } from './middleware/one-layer.ts'
import { requestTrace } from './middleware/request-trace.ts'
import { securityHeaders } from './middleware/security-headers.ts'
import { addHealthRoutes } from './routes/health.ts'
import { addHomeRoutes } from './routes/home.ts'
import { addTaskRoutes } from './routes/tasks.ts'
import { SlowReaders } from './slow-readers.ts'
import type { Tracing } from './tracing/tracing.ts'

export interface AppDependencies {
  readonly catalogue: readonly CatalogueEntry[]
  readonly scheduler: Scheduler
  readonly log: Logger
  readonly meters: Meters
  readonly tracing: Tracing
  /** Whether this process can do its work now: its threads are up and it is not draining. */
  readonly isReady: () => boolean
  readonly draining: { readonly announced: boolean }
  /** Header that tells clients apart, empty for none. */
  readonly clientHeader: string
  /** Of how many requests that went well one has a log line, 0 for none. */
  readonly accessLogOneIn: number
  /** Slower bodies end with 408. */
  readonly minBodyRate: MinRate
  /** Connections whose clients take answers more slowly are cut. */
  readonly minAnswerRate: MinRate
}

/** The application of one HTTP process. It never listens: that is for whoever made it. */
export function createApp(dependencies: AppDependencies): Express {
  const app = express()
  app.disable('x-powered-by')
  // Entity tags would hash each answer on the event loop.
  app.disable('etag')
  // Queries are decoded where they are validated: on a thread.
  app.set('query parser', false)

  app.use(
    oneLayer(
      requestLog(dependencies.log, dependencies.accessLogOneIn),
      requestTrace(dependencies.tracing),
      measureRequests(dependencies.meters),
      new SlowReaders(dependencies.minAnswerRate).middleware,
      refuseUnanswerable,
      securityHeaders(),
    ),
  )
  addTaskRoutes(app, dependencies)
  addHealthRoutes(app, dependencies)
  addHomeRoutes(app, dependencies.catalogue)
  app.use(routeNotFound)
  app.use(errorAnswers(dependencies.log))
  return app
}
