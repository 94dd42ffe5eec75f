import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import type { Failure, Outcome } from './load-result.ts'
import type { Ask, Route } from './load-routes.ts'

/** Longer than any request of a load takes: who waits longer hangs. */
const DEFAULT_TIMEOUT_MS = 15_000

export interface LoadClientOptions {
  readonly keepsConnection: boolean
  readonly timeoutMs?: number
}

/**
 * One client of a load, on connections of its own. It uses `node:http` because that never sends a
 * request again: a kept connection that breaks is a failure, where other clients try once more in silence.
 */
export class LoadClient {
  readonly keepsConnection: boolean
  readonly #url: URL
  readonly #agent: Agent | false
  readonly #timeoutMs: number
  #sending = false

  constructor(url: string, { keepsConnection, timeoutMs = DEFAULT_TIMEOUT_MS }: LoadClientOptions) {
    this.#url = new URL(url)
    if (this.#url.hostname !== '127.0.0.1') throw new Error(`Load is for 127.0.0.1 only, got ${url}`)
    this.keepsConnection = keepsConnection
    this.#timeoutMs = timeoutMs
    this.#agent = keepsConnection ? new Agent({ keepAlive: true, maxSockets: 1 }) : false
  }

  /** Whether a request is under way. */
  get sending(): boolean {
    return this.#sending
  }

  /** Sends one request and tells how it ended. Never rejects. */
  async send(route: Route, number: number): Promise<Outcome> {
    const ask = route.ask(number)
    const sentAt = performance.now()
    this.#sending = true
    const outgoing = this.#begin(ask)
    const problem = await findProblem(outgoing, ask, this.#timeoutMs)
    this.#sending = false
    const endedAt = performance.now()
    if (problem === undefined) return { sentAt, endedAt }
    const failure: Failure = {
      ...problem,
      route: route.name,
      connection: outgoing.reusedSocket ? 'reused' : 'fresh',
      sentAt,
      endedAt,
      elapsedMs: endedAt - sentAt,
    }
    return { sentAt, endedAt, failure }
  }

  close(): void {
    if (this.#agent) this.#agent.destroy()
  }

  #begin({ method, path, body }: Ask): ClientRequest {
    const bytes = body && Buffer.from(JSON.stringify(body))
    const outgoing = request({
      host: this.#url.hostname,
      port: this.#url.port,
      agent: this.#agent,
      method,
      path,
      headers: {
        Connection: this.keepsConnection ? 'keep-alive' : 'close',
        ...(bytes && { 'Content-Type': 'application/json', 'Content-Length': bytes.length }),
      },
    })
    outgoing.end(bytes)
    return outgoing
  }
}

type Problem = Pick<Failure, 'kind' | 'detail'>

/**
 * What is wrong with the answer; undefined where it is complete and right. What happens first counts.
 * Settles at the request's `close`, which always comes: only then is a kept connection free for the next.
 */
function findProblem(outgoing: ClientRequest, ask: Ask, timeoutMs: number): Promise<Problem | undefined> {
  return new Promise((resolve) => {
    let answered = false
    let problem: Problem | undefined
    const fail = (kind: string, detail: string) => {
      if (!answered) problem ??= { kind, detail }
    }
    const timeout = setTimeout(() => {
      fail('timeout', `no complete answer within ${timeoutMs} ms`)
      outgoing.destroy()
    }, timeoutMs)
    outgoing.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.name, error.message))
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', (error) => fail('incomplete answer', error.message))
      response.on('end', () => {
        problem ??= checkAnswer(response, Buffer.concat(chunks).toString(), ask)
        answered = true
      })
    })
    outgoing.on('close', () => {
      clearTimeout(timeout)
      fail('incomplete answer', 'the connection closed')
      resolve(problem)
    })
  })
}

function checkAnswer({ statusCode }: IncomingMessage, text: string, ask: Ask): Problem | undefined {
  const detail = text.slice(0, 200)
  if (statusCode !== 200) return { kind: `status ${statusCode}`, detail }
  try {
    if (ask.isAnswer(JSON.parse(text) as Record<string, unknown>)) return undefined
  } catch {
    // Not JSON is as wrong as any other answer.
  }
  return { kind: 'wrong answer', detail }
}
