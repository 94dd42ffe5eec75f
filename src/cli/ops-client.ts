import type { Readable } from 'node:stream'
import { text as wholeText } from 'node:stream/consumers'
import type {
  ClusterStatus,
  LogLevel,
  LogLevelChange,
  ReloadVerdict,
  ScaleVerdict,
  StackAnswer,
  StopAnswer,
} from '../protocol/operators-api.ts'
import { type CliError, ProblemAnswerError, UnreachableError } from './failure.ts'
import { call, exchange, type HttpAnswer } from './http-call.ts'

/** An answer as it came, for `--json`, and parsed. */
export interface Answer<Body> {
  readonly text: string
  readonly body: Body
}

/** The primary's operators' server as seen from the command. Its API is protocol/operators-api.ts. */
export class OpsClient {
  readonly url: URL
  readonly #headers: Readonly<Record<string, string>>

  constructor(url: URL, token: string | undefined) {
    this.url = url
    this.#headers = token === undefined ? {} : { Authorization: `Bearer ${token}` }
  }

  async status(): Promise<Answer<ClusterStatus>> {
    const answer = await this.#ask<ClusterStatus>('GET', 'status', undefined, STATUS_MS)
    if (Array.isArray(answer.body.slots) && answer.body.totals !== undefined) return answer
    throw new UnreachableError(
      `Cannot use what answers at ${this.url.origin}: expected the status of an Offloop cluster, got ${excerpt(answer.text)}`,
    )
  }

  /** Settles when the reload is over, which may take minutes. */
  reload(): Promise<Answer<ReloadVerdict>> {
    return this.#ask('POST', 'reload')
  }

  /** Settles when there are as many processes as asked, or when that failed. */
  scale(processes: number): Promise<Answer<ScaleVerdict>> {
    return this.#ask('POST', 'scale', { processes })
  }

  setLogLevel(level: LogLevel): Promise<Answer<LogLevelChange>> {
    return this.#ask('POST', 'log-level', { level })
  }

  /** Settles when the shutdown has begun; does not wait for its end. */
  stop(): Promise<Answer<StopAnswer>> {
    return this.#ask('POST', 'stop')
  }

  /** Where the event loop of a slot's process is. */
  stack(slot: number): Promise<Answer<StackAnswer>> {
    return this.#ask('POST', `stack?slot=${slot}`)
  }

  /**
   * Asks for a file and gives it to somebody as it comes.
   *
   * @param path with its query, as `profile?slot=1`
   */
  async file(path: string, take: (file: Readable) => Promise<void>): Promise<void> {
    const url = new URL(path, directoryOf(this.url))
    const options = { who: PRIMARY, method: 'POST' as const, headers: this.#headers }
    await exchange(url, options, async (response) => {
      const { statusCode: status = 0, headers } = response
      const isFile = status === 200 && headers['content-disposition'] !== undefined
      if (isFile) await take(response)
      else throw errorOf(url, PRIMARY, { status, text: await wholeText(response) })
    })
  }

  async #ask<Body>(
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
    answerMs?: number,
  ): Promise<Answer<Body>> {
    return askJson<Body>(new URL(path, directoryOf(this.url)), {
      who: PRIMARY,
      method,
      headers: this.#headers,
      body,
      answerMs,
    })
  }
}

/**
 * One call that is answered in JSON.
 *
 * @throws {UnreachableError} where there is no answer, or one that is not JSON
 * @throws {ProblemAnswerError} where the answer is an error
 */
export async function askJson<Body>(url: URL, options: Parameters<typeof call>[1]): Promise<Answer<Body>> {
  const answer = await call(url, options)
  const body = parseObject(answer.text)
  if (body === undefined || answer.status >= 400) throw errorOf(url, options.who, answer)
  return { text: answer.text, body: body as Body }
}

/** What to say of an answer that is not what was asked for. */
function errorOf(url: URL, who: string, answer: HttpAnswer): CliError {
  const body = parseObject(answer.text)
  if (body !== undefined && answer.status >= 400) {
    return new ProblemAnswerError(answer.status, answer.text, body)
  }
  return new UnreachableError(
    `Cannot use what answers at ${url.href}: expected JSON of ${who}, got status ${answer.status} and ${excerpt(answer.text)}`,
  )
}

const PRIMARY = 'the primary'

/** It answers from the primary's memory: one that takes longer hangs. */
const STATUS_MS = 5000

/** So that a path in front of the server, as a proxy may have it, stays. */
function directoryOf(url: URL): URL {
  return url.pathname.endsWith('/') ? url : new URL(`${url.pathname}/`, url)
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function excerpt(text: string): string {
  return text.trim() === '' ? 'nothing' : JSON.stringify(text.trim().slice(0, 60))
}
