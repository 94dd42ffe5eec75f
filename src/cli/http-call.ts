import http, { type ClientRequest, type IncomingMessage } from 'node:http'
import https from 'node:https'
import { text } from 'node:stream/consumers'
import { CliError, UnreachableError } from './failure.ts'

export interface Call {
  /** Who should be there, for the error sentence. */
  readonly who: string
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
  /** For the connection to stand. */
  readonly connectMs?: number
  /** For the whole answer, from then on; undefined waits for as long as it takes. */
  readonly answerMs?: number | undefined
}

export interface HttpAnswer {
  readonly status: number
  readonly text: string
}

/**
 * One HTTP request on a connection of its own. By node:http, because fetch ends a request whose answer
 * takes longer than five minutes to begin, and a reload may.
 *
 * @throws {UnreachableError} where there is no answer
 */
export async function call(url: URL, options: Call): Promise<HttpAnswer> {
  return exchange(url, options, async (response) => ({
    status: response.statusCode ?? 0,
    text: await text(response),
  }))
}

/**
 * The same for an answer that is too large for one text.
 *
 * @param read takes what comes
 */
export async function exchange<Result>(
  url: URL,
  options: Call,
  read: (response: IncomingMessage) => Promise<Result>,
): Promise<Result> {
  const { method = 'GET', connectMs = CONNECT_MS, answerMs } = options
  const payload = options.body === undefined ? undefined : JSON.stringify(options.body)
  const asked = (url.protocol === 'https:' ? https : http).request(url, {
    method,
    agent: false,
    headers: { ...options.headers, ...(payload !== undefined && { 'Content-Type': 'application/json' }) },
  })
  // A router that forgets silent connections would cut a long wait.
  asked.setSocketKeepAlive(true, KEEP_ALIVE_MS)
  const stopClock = startClock(asked, connectMs, answerMs)
  try {
    return await read(await responseTo(asked, payload))
  } catch (error) {
    if (error instanceof CliError) throw error
    const { code } = error as NodeJS.ErrnoException
    throw new UnreachableError(`Cannot reach ${options.who} at ${url.origin}: ${reasonOf(error as Error)}`, {
      cause: error,
      gone: GONE.has(code ?? ''),
    })
  } finally {
    stopClock()
  }
}

const CONNECT_MS = 5000
const KEEP_ALIVE_MS = 30_000
const GONE = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND'])

function responseTo(asked: ClientRequest, payload: string | undefined): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  asked.once('response', resolve).on('error', reject)
  asked.end(payload)
  return promise
}

/** Destroys the request when a limit has passed: first that of connecting, then that of the answer. */
function startClock(request: ClientRequest, connectMs: number, answerMs: number | undefined): () => void {
  const limit = (ms: number) => setTimeout(() => request.destroy(new Error(`no answer within ${ms} ms`)), ms)
  let timer: NodeJS.Timeout | undefined = limit(connectMs)
  request.once('socket', (socket) =>
    socket.once('connect', () => {
      clearTimeout(timer)
      timer = answerMs === undefined ? undefined : limit(answerMs)
    }),
  )
  return () => clearTimeout(timer)
}

function reasonOf(error: Error): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ECONNREFUSED':
      return 'nothing listens there'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'no address is known for that name'
    case 'ECONNRESET':
      return 'the connection ended before the answer'
    default:
      return error.message
  }
}
