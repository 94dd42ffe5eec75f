import { once } from 'node:events'
import { type Agent, request } from 'node:http'
import { json } from 'node:stream/consumers'
import type { Cluster } from './cluster.ts'
import { until } from './until.ts'

/** What is to be found for each: `POST /api/tasks/:name 200`, or `echo ok`. */
export type Counts = Readonly<Record<string, number>>

/** Requests to a cluster and a count of their answers: what the metrics have to say of them, exactly. */
export class CountedTraffic {
  readonly #cluster: Cluster
  readonly #requests = new Map<string, number>()
  readonly #outcomes = new Map<string, number>()
  readonly #refusals = new Map<string, number>()
  #nonce = 0

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  /** By method, route and status. */
  get requests(): Counts {
    return Object.fromEntries(this.#requests)
  }

  /** By task and outcome. */
  get outcomes(): Counts {
    return Object.fromEntries(this.#outcomes)
  }

  /** By task and code. */
  get refusals(): Counts {
    return Object.fromEntries(this.#refusals)
  }

  /** One of each way in which a request can end, some of them several times. */
  async everyOutcome(): Promise<void> {
    await this.get('/livez')
    await this.get('/')
    await this.get('/nowhere', 'none')
    for (let times = 0; times < 5; times++) await this.task('echo', { message: 'x' })
    await this.task('echo', { message: 1 })
    await this.task('outputs', { kind: 'task-error' })
    await this.task('until-aborted', { how: 'loop' })
    await this.task('forever', {})
    // Another input each time: what threads have died of twice is refused.
    for (const how of ['throw', 'exit', 'heap']) await this.task('crash', { how, nonce: this.#newNonce() })
    await this.#moreThanThereIsRoomFor()
    await this.giveUp()
  }

  async get(path: string, route = path): Promise<void> {
    const { status } = await fetch(`${this.#cluster.url}${path}`, { headers: { Connection: 'close' } })
    add(this.#requests, `GET ${route} ${status}`)
  }

  async task(name: string, input: unknown, headers: Readonly<Record<string, string>> = {}): Promise<void> {
    const response = await this.#cluster.task(name, input, {
      headers: { 'Content-Type': 'application/json', Connection: 'close', ...headers },
    })
    this.#count(name, response.status, ((await response.json()) as Answer).code)
  }

  /** Calls `busy` again and again on one connection, so in one process, and returns which. */
  async onOneConnection(agent: Agent, times: number): Promise<number> {
    let pid = -1
    for (let at = 0; at < times; at++) {
      const answer = await this.#ask(agent, { ms: 0 })
      pid = answer.pid ?? -1
    }
    return pid
  }

  /** Begins a run that its caller does not wait for, and counts it as given up. */
  async giveUp(): Promise<void> {
    const caller = new AbortController()
    const begun = this.#begun()
    const answer = this.#cluster.task('busy', { ms: 10_000 }, { signal: caller.signal })
    await until('the task to begin', () => this.#begun() > begun)
    caller.abort()
    await answer.catch(() => {})
    add(this.#requests, 'POST /api/tasks/:name 499')
    add(this.#outcomes, 'busy cancelled')
  }

  /** Begins a run on a connection that is open, and settles when it runs; it is not counted. */
  async beginOn(agent: Agent): Promise<void> {
    const begun = this.#begun()
    this.#ask(agent, { ms: 10_000 }).catch(() => {})
    await until('the task to begin', () => this.#begun() > begun)
  }

  async #moreThanThereIsRoomFor(): Promise<void> {
    await Promise.all(Array.from({ length: 12 }, () => this.task('pause', { ms: 200 })))
  }

  async #ask(agent: Agent, input: unknown): Promise<Answer> {
    const headers = { 'Content-Type': 'application/json' }
    const asking = request(`${this.#cluster.url}/api/tasks/busy`, { method: 'POST', agent, headers })
    asking.end(JSON.stringify(input))
    const [response] = await once(asking, 'response')
    const answer = (await json(response)) as Answer
    this.#count('busy', response.statusCode, answer.code)
    return answer
  }

  #count(task: string, status: number, code: string | undefined): void {
    add(this.#requests, `POST /api/tasks/:name ${status}`)
    add(this.#outcomes, `${task} ${code === undefined ? 'ok' : (OUTCOMES[code] ?? 'error')}`)
    if (status === 503) add(this.#refusals, `${task} ${code}`)
  }

  #begun(): number {
    return this.#cluster.lines.filter(({ msg }) => msg === 'busy begins').length
  }

  #newNonce(): string {
    this.#nonce += 1
    return String(this.#nonce)
  }
}

interface Answer {
  readonly code?: string
  readonly pid?: number
}

const OUTCOMES: Readonly<Record<string, string>> = {
  TASK_TIMEOUT: 'timeout',
  TASK_CRASHED: 'crashed',
  TASK_OUT_OF_MEMORY: 'out-of-memory',
  QUEUE_FULL: 'refused',
  WOULD_MISS_DEADLINE: 'refused',
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
