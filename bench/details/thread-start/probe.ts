import { pathToFileURL } from 'node:url'
import { pino } from 'pino'
import { loadConfig } from '../../../src/config/load-config.ts'
import type { CatalogueEntry, TaskRequest } from '../../../src/protocol/thread-messages.ts'
import type * as Pool from '../../../src/scheduler/node-thread-pool.ts'
import type { ThreadPool } from '../../../src/scheduler/thread-pool.ts'

/*
 * One process with one thread, from a build that is named on the command line. Ends the thread a few
 * times and prints how long each next answer took, as JSON.
 *
 *     node --v8-pool-size=1 bench/details/thread-start/probe.ts <dist> <deaths> <tasks asked for, with commas>
 */

/** Milliseconds. */
export interface ProbeResult {
  /** Of a pool with one thread that loads every task. */
  readonly firstStart: number
  /** From the end of a thread until the next one takes requests. */
  readonly free: readonly number[]
  /** From the end of a thread until the next one has answered. */
  readonly answered: readonly number[]
  /** CPU time of the process in between, which says more than the clock where others want the cores too. */
  readonly cpu: readonly number[]
}

const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
const INPUTS: Readonly<Record<string, { body: Uint8Array; contentType: string }>> = {
  hash: { body: Buffer.from('bytes'), contentType: 'application/octet-stream' },
  'analyze-data': { body: Buffer.from('{"dataset":[3,1,2]}'), contentType: 'application/json' },
  'process-image': { body: PIXEL, contentType: 'image/png' },
}

if (import.meta.main) {
  const [dist = '', deaths = '5', tasks = 'hash'] = process.argv.slice(2)
  process.stdout.write(JSON.stringify(await probe(dist, Number(deaths), tasks.split(','))))
}

async function probe(dist: string, deaths: number, tasks: readonly string[]): Promise<ProbeResult> {
  const { startThreadPool }: typeof Pool = await import(
    pathToFileURL(`${dist}/src/scheduler/node-thread-pool.js`).href
  )
  const config = loadConfig({ OFFLOOP_THREADS: '1' })
  const startedAt = performance.now()
  const log = pino({ level: 'silent' })
  const pool = await startThreadPool({ config, log, onBroken: fail })
  const firstStart = performance.now() - startedAt
  const [free, answered, cpu]: [number[], number[], number[]] = [[], [], []]
  for (let death = 0; death < deaths; death++) {
    for (const task of tasks) await answer(pool, requestOf(task))
    const endedAt = endThread(pool)
    const cpuBefore = process.cpuUsage()
    await threadFree(pool)
    free.push(performance.now() - endedAt)
    await answer(pool, requestOf(tasks[0] ?? 'hash'))
    answered.push(performance.now() - endedAt)
    const { user, system } = process.cpuUsage(cpuBefore)
    cpu.push((user + system) / 1000)
  }
  await pool.destroy()
  return { firstStart, free, answered, cpu }
}

function fail(reason: string): never {
  throw new Error(reason)
}

/** As at the end of a task's time, in the middle of a run. */
function endThread(pool: ThreadPool): number {
  const run = pool.start({ ...requestOf('hash'), body: new ArrayBuffer(64 * 1024 * 1024) })
  run.answer.catch(() => {})
  run.terminate(10_000)
  return performance.now()
}

function threadFree(pool: ThreadPool): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  pool.onThreadFree(() => pool.freeThreads() > 0 && resolve())
  return promise
}

async function answer(pool: ThreadPool, request: TaskRequest): Promise<void> {
  const run = pool.start(request)
  const { kind } = await run.answer
  if (kind !== 'succeeded') throw new Error(`The task ${request.task} did not succeed`)
  await run.released
}

function requestOf(task: CatalogueEntry['name']): TaskRequest {
  const { body, contentType } = INPUTS[task] ?? { body: new Uint8Array(), contentType: '' }
  return {
    task,
    requestId: 'bench',
    body: new Uint8Array(body).buffer,
    contentType,
    contentEncoding: undefined,
    accept: undefined,
    query: '',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    tracestate: undefined,
    place: 0,
    timeLimitMs: 30_000,
  }
}
