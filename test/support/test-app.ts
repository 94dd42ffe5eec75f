import type { Express } from 'express'
import { pino } from 'pino'
import { afterAll, beforeAll } from 'vitest'
import { loadConfig } from '../../src/config/load-config.ts'
import type { Config } from '../../src/config/settings.ts'
import { createApp } from '../../src/http/app.ts'
import { BODY_RATE_WINDOW_MS } from '../../src/http/body-rate.ts'
import { Draining } from '../../src/http/draining.ts'
import type { InputMessage } from '../../src/protocol/process-messages.ts'
import { InputGuard } from '../../src/scheduler/input-guard.ts'
import { ANSWER_RATE_WINDOW_MS } from '../../src/http/slow-readers.ts'
import { startTracing } from '../../src/http/tracing/tracing.ts'
import { startThreadPool } from '../../src/scheduler/node-thread-pool.ts'
import { Scheduler } from '../../src/scheduler/scheduler.ts'
import type { Logger } from '../../src/observability/logger.ts'
import type { ThreadPool } from '../../src/scheduler/thread-pool.ts'
import type { Meters } from '../../src/observability/metrics/meters.ts'
import { Counted } from './counted.ts'
import { until } from './until.ts'

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

interface Windows {
  readonly bodyMs?: number
  readonly answerMs?: number
}

/** The real application on real threads, with the tasks of `test/fixtures/tasks` beside our own. */
export async function startTestApp(
  settings: Record<string, string> = {},
  windows: Windows = {},
): Promise<TestApp> {
  const threads = await startThreads(settings)
  return startOn(threads, settings, windows, () => threads.pool.destroy())
}

export interface SharedThreads {
  /** An application of its own. When it ends, its threads have to be whole and free again. */
  startApp(settings?: Record<string, string>, windows?: Windows): Promise<TestApp>
}

/**
 * Threads for all tests of a file, which take longer to start than most tests to run. What a test wants to know of
 * threads that have done nothing yet, such as their counts, needs some of its own: {@link startTestApp}.
 *
 * @param settings of the threads; an application can add those that do not concern threads
 */
export function sharedThreads(settings: Record<string, string> = { OFFLOOP_THREADS: '1' }): SharedThreads {
  let threads: Threads | undefined
  beforeAll(async () => {
    threads = await startThreads(settings)
  })
  afterAll(() => threads?.pool.destroy())
  return {
    async startApp(own = {}, windows = {}) {
      if (threads === undefined) throw new Error('Cannot start an application before the tests of its file')
      const { pool, heard } = threads
      heard.lines = []
      const fresh = { pool, heard, counted: new Counted() }
      return startOn(fresh, { ...settings, ...own }, windows, async () => {
        await until('all threads to be free', () => pool.freeThreads() === pool.size)
      })
    },
  }
}

interface Threads {
  readonly pool: ThreadPool
  /** Where their log lines go now. */
  readonly heard: { lines: Record<string, unknown>[] }
  readonly counted: Counted
}

async function startThreads(settings: Record<string, string>): Promise<Threads> {
  const heard: Threads['heard'] = { lines: [] }
  const counted = new Counted()
  const log = loggerInto(heard)
  const pool = await startThreadPool({
    config: configOf(settings),
    log,
    meters: counted.meters,
    slot: '0',
    onBroken: (reason) => log.fatal(reason),
  })
  return { pool, heard, counted }
}

async function startOn(
  { pool, heard, counted }: Threads,
  settings: Record<string, string>,
  windows: Windows,
  dispose: () => Promise<void>,
): Promise<TestApp> {
  const config = configOf(settings)
  const { lines } = heard
  const log = loggerInto({ lines })
  const { meters } = counted
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
    [Symbol.asyncDispose]: dispose,
  }
}

function configOf(settings: Record<string, string>): Config {
  return loadConfig({ OFFLOOP_TASKS_DIR: fixtureTasksDir, ...settings })
}

function loggerInto(target: { readonly lines: Record<string, unknown>[] }): Logger {
  return pino(
    { level: 'info', formatters: { level: (level) => ({ level }) } },
    { write: (line) => target.lines.push(JSON.parse(line)) },
  )
}
