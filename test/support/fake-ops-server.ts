import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import { NO_STALLS } from '../../src/observability/stall-totals.ts'
import type { ClusterStatus, ProcessVitals, SlotStatus } from '../../src/protocol/operators-api.ts'

/** What the server answers; a number of milliseconds to wait first where it has one. */
export interface CannedAnswer {
  readonly status?: number
  readonly body: unknown
  readonly afterMs?: number
}

/** By method and path, such as `GET /status`. A function is asked anew each time. */
export type CannedAnswers = Record<string, CannedAnswer | (() => CannedAnswer)>

export interface ReceivedRequest {
  readonly route: string
  readonly authorization: string | undefined
  readonly body: string
}

/** An operators' server without a cluster behind it: canned answers, and a memory of what was asked. */
export class FakeOpsServer implements AsyncDisposable {
  readonly received: ReceivedRequest[] = []
  answers: CannedAnswers
  readonly #server: Server

  constructor(answers: CannedAnswers) {
    this.answers = answers
    this.#server = createServer((request, response) => {
      void this.#answer(request).then(({ status = 200, body, afterMs = 0 }) => {
        const type = status < 400 ? 'application/json' : 'application/problem+json'
        setTimeout(() => {
          response.writeHead(status, { 'Content-Type': type })
          response.end(typeof body === 'string' ? body : JSON.stringify(body))
        }, afterMs)
      })
    })
    // A test that fails does not come to the end of its `await using`.
    onTestFinished(() => this.close())
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Starts to listen, again where it has been closed: give it the port that it had. */
  async listen(port = 0): Promise<this> {
    this.#server.listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
    return this
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #answer(request: IncomingMessage): Promise<CannedAnswer> {
    const route = `${request.method} ${request.url}`
    const { authorization } = request.headers
    this.received.push({ route, authorization, body: await text(request) })
    const answer = this.answers[route] ?? problem(404, 'ROUTE_NOT_FOUND', `Nothing is canned for ${route}`)
    return typeof answer === 'function' ? answer() : answer
  }
}

export function startFakeOpsServer(answers: CannedAnswers): Promise<FakeOpsServer> {
  return new FakeOpsServer(answers).listen()
}

/** A problem+json answer as the primary gives it. */
export function problem(status: number, code: string, detail: string, members: object = {}): CannedAnswer {
  const type = `urn:offloop:error:${code}`
  const body = { type, title: code, status, detail, code, success: false, error: detail, ...members }
  return { status, body }
}

/** The status of two ready slots that have nothing to do, with what the test cares about put in. */
export function clusterStatus(members: Partial<ClusterStatus> = {}): ClusterStatus {
  const slots = members.slots ?? [slotStatus({ slot: 0, pid: 4101 }), slotStatus({ slot: 1, pid: 4102 })]
  const times = { count: 0, failed: 0, min: 0, max: 0, mean: 0, median: 0, p95: 0, p99: 0 }
  return {
    version: '0.1.0',
    node: 'v26.10.0',
    pid: 4100,
    uptimeSeconds: 7384,
    url: 'http://localhost:3000',
    shuttingDown: false,
    processes: slots.length,
    readySlots: slots.filter(({ state }) => state === 'ready').length,
    operation: null,
    lastReload: null,
    settings: {},
    logLevel: 'info',
    exits: {},
    totals: {
      totalTasks: 0,
      completedTasks: 0,
      failedTasks: 0,
      averageTaskTime: 0,
      activeThreads: 0,
      availableThreads: 4,
      queuedTasks: 0,
      successRate: 1,
      throughput: 0,
      lastMinute: times,
      sinceStart: times,
    },
    blockedLoops: NO_STALLS,
    quarantine: [],
    slots,
    ...members,
  }
}

export function slotStatus(members: Partial<SlotStatus> = {}): SlotStatus {
  return {
    slot: 0,
    pid: 4101,
    state: 'ready',
    ageSeconds: 7383,
    restarts: 0,
    exits: {},
    lastExit: null,
    crashLoop: false,
    replacementPid: null,
    drainingPids: [],
    vitals: vitals(),
    ...members,
  }
}

export function vitals(members: Partial<ProcessVitals> = {}): ProcessVitals {
  return {
    silentMs: 120,
    loop: {
      delayMeanMs: 0.14,
      delayMaxMs: 2.31,
      utilization: 0.021,
      stalls: NO_STALLS,
    },
    memory: { rssBytes: 126_877_696, heapUsedBytes: 24_117_248 },
    openFds: 30,
    connections: 2,
    requests: { total: 10, inFlight: 0 },
    queuedTasks: 0,
    runningTasks: 0,
    heldBytes: 0,
    threads: [
      {
        thread: 0,
        state: 'idle',
        task: null,
        runningMs: null,
        runs: 12,
        keptBytes: 9_000_000,
        utilization: 0,
        heapUsedBytes: null,
      },
      {
        thread: 1,
        state: 'idle',
        task: null,
        runningMs: null,
        runs: 12,
        keptBytes: 9_000_000,
        utilization: 0,
        heapUsedBytes: null,
      },
    ],
    sharing: { given: 0, taken: 0, refused: 0, failed: 0 },
    cancellations: {
      'caller-gone': { queued: 0, stopped: 0, finished: 0, terminated: 0 },
      'time-limit': { queued: 0, stopped: 0, finished: 0, terminated: 0 },
    },
    threadRestarts: { 'max-runs': 0, memory: 0, crash: 0, 'out-of-memory': 0, terminated: 0 },
    ...members,
  }
}
