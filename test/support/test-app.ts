import type { Express } from 'express'
import { pino } from 'pino'
import { loadConfig } from '../../src/config/load-config.ts'
import { createApp } from '../../src/http/app.ts'
import { BODY_RATE_WINDOW_MS } from '../../src/http/body-rate.ts'
import { Draining } from '../../src/http/draining.ts'
import type { InputMessage } from '../../src/protocol/process-messages.ts'
import { InputGuard } from '../../src/scheduler/input-guard.ts'
import { ANSWER_RATE_WINDOW_MS } from '../../src/http/slow-readers.ts'
import { startTracing } from '../../src/http/tracing/tracing.ts'
import { startThreadPool } from '../../src/scheduler/piscina-thread-pool.ts'
import { Scheduler } from '../../src/scheduler/scheduler.ts'
import type { Logger } from '../../src/observability/logger.ts'
import type { ThreadPool } from '../../src/scheduler/thread-pool.ts'
import type { Meters } from '../../src/observability/metrics/meters.ts'
import { Counted } from './counted.ts'

export const fixtureTasksDir = new URL('../fixtures/tasks', import.meta.url).pathname

export interface TestApp extends AsyncDisposable {
  readonly app: Express
  readonly pool: ThreadPool
  readonly scheduler: Scheduler
  readonly log: Logger
  readonly meters: Meters
  /** What they have counted. */
  readonly counted: Counted
  /** Log lines so far. */
  readonly lines: Record<string, unknown>[]
  /** Changes what the application is told of its process. */
  readonly state: { ready: boolean }
  readonly draining: Draining
  readonly inputs: InputGuard
  /** What the primary would have been told of inputs. */
  readonly told: InputMessage[]
}

/** The real application on real threads, with the tasks of `test/fixtures/tasks` beside our own. */
export async function startTestApp(
  settings: Record<string, string> = {},
  windows: { bodyMs?: number; answerMs?: number } = {},
): Promise<TestApp> {
  const config = loadConfig({ OFFLOOP_TASKS_DIR: fixtureTasksDir, ...settings })
  const lines: TestApp['lines'] = []
  const log = pino(
    { level: 'info', formatters: { level: (level) => ({ level }) } },
    { write: (line) => lines.push(JSON.parse(line)) },
  )
  const counted = new Counted()
  const { meters } = counted
  const pool = await startThreadPool({
    config,
    log,
    meters,
    slot: '0',
    onBroken: (reason) => log.fatal(reason),
  })
  const told: InputMessage[] = []
  const inputs = new InputGuard((message) => told.push(message))
  const scheduler = new Scheduler(pool, config, { threads: inputs.over(pool), meters })
  const state = { ready: true }
  const draining = new Draining()
  const app = createApp({
    catalogue: pool.catalogue,
    scheduler,
    log,
    meters,
    tracing: await startTracing(0, log),
    isReady: () => state.ready,
    draining,
    clientHeader: config.clientHeader,
    accessLogOneIn: config.accessLogOneIn,
    minBodyRate: {
      bytesPerSecond: config.minBodyBytesPerSecond,
      windowMs: windows.bodyMs ?? BODY_RATE_WINDOW_MS,
    },
    minAnswerRate: {
      bytesPerSecond: config.minAnswerBytesPerSecond,
      windowMs: windows.answerMs ?? ANSWER_RATE_WINDOW_MS,
    },
  })
  return {
    app,
    pool,
    scheduler,
    log,
    meters,
    counted,
    lines,
    state,
    draining,
    inputs,
    told,
    [Symbol.asyncDispose]: () => pool.destroy(),
  }
}
