import { setTimeout as sleep } from 'node:timers/promises'
import { LoadClient } from './load-client.ts'
import { type Failure, type LoadResult, LoadTally } from './load-result.ts'
import { offloopRoutes, type Route } from './load-routes.ts'
import { until } from './until.ts'

export interface LoadOptions {
  /** Where the application listens. */
  readonly url: string
  /** Half of them keep their connection, half open a new one for each request. */
  readonly clients?: number
  /** What is asked for, in turn. */
  readonly routes?: readonly Route[]
  /**
   * Longest pause, random, that a client makes before a request; 0 for as much load as the machine takes.
   * A kept connection that is idle can be closed at the moment in which the next request goes out: without
   * pauses that is not tried.
   */
  readonly pauseMs?: number
  /** A request without a complete answer after so long has failed; as {@link LoadClient} has it by default. */
  readonly timeoutMs?: number
  /** The load ends by itself at the first of these two. */
  readonly maxRequests: number
  readonly maxSeconds: number
}

const DEFAULT_CLIENTS = 8

/**
 * Starts a closed-loop load: each client sends its next request when it has the answer to the one
 * before. Nothing is tried again; a request without a complete and right answer has failed.
 */
export function startLoad(options: LoadOptions): Load {
  return new Load(options)
}

export class Load {
  readonly #options: LoadOptions
  readonly #tally = new LoadTally()
  readonly #clients: readonly LoadClient[]
  readonly #finished: Promise<void>
  readonly #routes: readonly Route[]
  #stopped = false
  #sent = 0

  constructor(options: LoadOptions) {
    this.#options = options
    this.#routes = options.routes ?? offloopRoutes()
    this.#clients = Array.from(
      { length: options.clients ?? DEFAULT_CLIENTS },
      (_, number) =>
        new LoadClient(options.url, {
          keepsConnection: number % 2 === 0,
          ...(options.timeoutMs !== undefined && { timeoutMs: options.timeoutMs }),
        }),
    )
    const bound = setTimeout(() => {
      this.#stopped = true
    }, options.maxSeconds * 1000)
    const runs = this.#clients.map((client) => this.#run(client))
    this.#finished = Promise.all(runs).then(() => clearTimeout(bound))
  }

  /** Requests sent so far. */
  get sent(): number {
    return this.#sent
  }

  /** Requests that have been sent and have no answer yet. */
  get outstanding(): number {
    return this.#clients.filter(({ sending }) => sending).length
  }

  /** Kept connections on which nothing is under way. */
  get idleConnections(): number {
    return this.#clients.filter(({ sending, keepsConnection }) => keepsConnection && !sending).length
  }

  get failures(): readonly Failure[] {
    return this.#tally.failures
  }

  /** Waits until this many more requests have ended. Throws when the load ends before. */
  async more(requests: number, deadlineMs = 120_000): Promise<void> {
    const goal = this.#tally.requests + requests
    await until(
      `${requests} more requests`,
      () => {
        if (this.#tally.requests >= goal) return true
        // What is still under way when it stops counts too.
        if (this.#stopped && this.outstanding === 0)
          throw new Error(`The load ended with ${goal - this.#tally.requests} requests to go`)
        return false
      },
      deadlineMs,
    )
  }

  /** Lets each client finish its request. Further calls give the same result. */
  async stop(): Promise<LoadResult> {
    this.#stopped = true
    await this.#finished
    return this.#tally.result()
  }

  async #run(client: LoadClient): Promise<void> {
    const { pauseMs = 0, maxRequests } = this.#options
    while (!this.#stopped) {
      if (pauseMs > 0) await sleep(Math.random() * pauseMs)
      if (this.#sent >= maxRequests) this.#stopped = true
      if (this.#stopped) break
      await this.#sendOne(client)
    }
    client.close()
  }

  async #sendOne(client: LoadClient): Promise<void> {
    const number = this.#sent++
    // A remainder is never out of range, but for an empty list, which asks for nothing.
    const route = this.#routes[number % this.#routes.length]
    if (route === undefined) throw new Error('Cannot put load on no routes')
    this.#tally.add(await client.send(route, number))
  }
}
