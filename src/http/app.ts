import express, { type Express } from 'express'
import helmet from 'helmet'
import type { Logger } from '../observability/logger.ts'
import type { Meters } from '../observability/metrics/meters.ts'
import type { CatalogueEntry } from '../protocol/thread-messages.ts'
import type { Scheduler } from '../scheduler/scheduler.ts'
import type { MinRate } from './byte-rate.ts'
import { errorAnswers, routeNotFound } from './middleware/errors.ts'
import { refuseUnanswerable } from './middleware/refuse-unanswerable.ts'
import { measureRequests } from './middleware/measure-requests.ts'
import { requestLog } from './middleware/request-log.ts'
import { requestTrace } from './middleware/request-trace.ts'
import { healthRoutes } from './routes/health.ts'
import { homeRoutes } from './routes/home.ts'
import { taskRoutes } from './routes/tasks.ts'
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

  app.use(requestLog(dependencies.log, dependencies.accessLogOneIn))
  app.use(requestTrace(dependencies.tracing))
  app.use(measureRequests(dependencies.meters))
  app.use(new SlowReaders(dependencies.minAnswerRate).middleware)
  app.use(refuseUnanswerable)
  app.use(securityHeaders())
  app.use(healthRoutes(dependencies))
  app.use(homeRoutes(dependencies.catalogue))
  app.use(taskRoutes(dependencies))
  app.use(routeNotFound)
  app.use(errorAnswers(dependencies.log))
  return app
}

/** Whether connections are secure is for the one who terminates TLS to say, so no Strict-Transport-Security. */
function securityHeaders() {
  return helmet({
    strictTransportSecurity: false,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], styleSrc: ["'unsafe-inline'"], frameAncestors: ["'none'"] },
    },
  })
}
