import { Agent, request } from 'node:http'
import type { Ending, LoadJob, LoadRecord } from './load-job.ts'

/** Enough that both processes have their share; opened one after the other, they fall on them in turn. */
const CONNECTIONS_AT_START = 64

/** Codes of requests that were taken and then not done; other refusals are at the door. */
const GIVEN_UP = new Set(['QUEUE_TIMEOUT', 'TASK_TIMEOUT'])

/**
 * Sends requests that compute. Connections are kept, as those of a load balancer are, because to open
 * one for each request would cost the server more than to refuse it. They are used in turn (`fifo`), so that the
 * load falls evenly on the processes that hold them, and there are as many as requests under way.
 */
export class BusyClient {
  readonly #job: LoadJob
  readonly #agent = new Agent({ keepAlive: true, scheduling: 'fifo', maxFreeSockets: 4096 })
  readonly #body: Buffer
  readonly #hostname: string
  readonly #port: string

  constructor(job: LoadJob) {
    const { hostname, port } = new URL(job.url)
    if (hostname !== '127.0.0.1') throw new Error(`Load is for 127.0.0.1 only, got ${job.url}`)
    this.#job = job
    this.#hostname = hostname
    this.#port = port
    this.#body = Buffer.from(JSON.stringify({ ms: job.busyMs }))
  }

  async openConnections(): Promise<void> {
    const { lightPath: path } = this.#job
    const opened = Array.from({ length: CONNECTIONS_AT_START }, () => {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const outgoing = request({ hostname: this.#hostname, port: this.#port, agent: this.#agent, path })
      outgoing.on('response', (response) => response.resume().on('end', resolve))
      outgoing.on('error', reject).end()
      return promise
    })
    await Promise.all(opened)
  }

  /**
   * Never rejects.
   *
   * @param due when it was to be sent, on the clock of `performance.now()`
   * @param countsFrom when the first request that counts was
   */
  send(due: number, countsFrom: number): Promise<LoadRecord> {
    const { path, deadlineMs, cutOffMs } = this.#job
    const { promise, resolve } = Promise.withResolvers<LoadRecord>()
    const latenessMs = performance.now() - due
    const end = (status: number, judge: (latencyMs: number) => Verdict) => {
      clearTimeout(cutOff)
      const latencyMs = performance.now() - due
      resolve({ offeredAtMs: due - countsFrom, latenessMs, status, latencyMs, ...judge(latencyMs) })
    }
    const outgoing = request({
      hostname: this.#hostname,
      port: this.#port,
      agent: this.#agent,
      method: 'POST',
      path,
      headers: {
        'Content-Type': 'application/json',
        'Content-Length': this.#body.length,
        'X-Timeout-Ms': deadlineMs,
      },
    })
    const cutOff = setTimeout(() => {
      end(0, () => ({ ending: 'cut-off' }))
      outgoing.destroy()
    }, cutOffMs - latenessMs)
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', () => {})
      response.on('end', () => {
        const status = response.statusCode ?? 0
        const text = Buffer.concat(chunks).toString()
        end(status, (latencyMs) => judgeAnswer(status, text, latencyMs <= deadlineMs))
      })
    })
    outgoing.on('error', (error: NodeJS.ErrnoException) =>
      end(0, () => ({ ending: 'failed', code: error.code ?? error.name })),
    )
    outgoing.end(this.#body)
    return promise
  }

  close(): void {
    this.#agent.destroy()
  }
}

interface Verdict {
  readonly ending: Ending
  readonly code?: string
}

function judgeAnswer(status: number, text: string, inTime: boolean): Verdict {
  const { pid, code } = parse(text)
  if (status === 200) {
    if (typeof pid !== 'number') return { ending: 'failed', code: 'wrong answer' }
    return { ending: inTime ? 'good' : 'late' }
  }
  const known = typeof code === 'string' ? code : `status ${status}`
  if (GIVEN_UP.has(known)) return { ending: 'given-up', code: known }
  return { ending: status === 503 ? 'refused' : 'failed', code: known }
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return {}
  }
}
