import type { Server, ServerResponse } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Roster } from '../roster.ts'
import { whenOver } from './when-over.ts'

/**
 * Whether this process is draining, and what that means for connections: every answer that goes out
 * from then on says `Connection: close`, also to requests that came before.
 */
export class Draining {
  #announced = false
  #begunAt: number | undefined
  readonly #unanswered = new Roster<Unanswered>()
  /** When a connection was last left open by an answer that had not said that it would close. */
  #keptOpenAt = 0

  /** It says that it is not ready; it may still serve for a while. */
  get announced(): boolean {
    return this.#announced
  }

  get begun(): boolean {
    return this.#begunAt !== undefined
  }

  /** Requests that have not been answered. */
  get unanswered(): number {
    return this.#unanswered.size
  }

  announce(): void {
    this.#announced = true
  }

  begin(): void {
    this.#announced = true
    this.#begunAt = performance.now()
    // Requests can stand in line on one connection (pipelining): it closes with the last answer.
    const last = new Map([...this.#unanswered].map((each) => [each.response.req.socket, each]))
    for (const each of last.values()) this.#closeWith(each)
  }

  /** Milliseconds for which a client with an open connection had reason to believe that it may use it. */
  quietMs(): number {
    return performance.now() - Math.max(this.#begunAt ?? Number.POSITIVE_INFINITY, this.#keptOpenAt)
  }

  /**
   * To be told of each request when it arrives, in the order in which they do.
   *
   * @param moreMayFollow on its connection are requests that have not been read: it has to stay open for them
   */
  readonly track = (response: ServerResponse, moreMayFollow: boolean): void => {
    if (this.begun) this.#keepOpenFor(response)
    const unanswered = { response, moreMayFollow }
    const place = this.#unanswered.add(unanswered)
    whenOver(response, () => this.#unanswered.remove(place))
    if (this.begun) this.#closeWith(unanswered)
  }

  #keepOpenFor(response: ServerResponse): void {
    for (const { response: earlier } of this.#unanswered) {
      if (earlier.req.socket === response.req.socket && !earlier.headersSent) {
        earlier.setHeader('Connection', 'keep-alive')
      }
    }
  }

  /** Closes the connection with this answer, or notes when it was left open because that could not be said. */
  #closeWith({ response, moreMayFollow }: Unanswered): void {
    if (moreMayFollow || !sayClose(response)) whenOver(response, () => this.#noteKeptOpen())
  }

  #noteKeptOpen(): void {
    this.#keptOpenAt = performance.now()
  }
}

interface Unanswered {
  readonly response: ServerResponse
  /** On its connection there may be requests that have not been read. */
  readonly moreMayFollow: boolean
}

/** @returns whether it could still be said */
function sayClose(response: ServerResponse): boolean {
  if (response.headersSent) return false
  response.setHeader('Connection', 'close')
  return true
}

/** How often connections are looked at that nobody uses any more. */
const IDLE_CHECK_INTERVAL_MS = 50

/** Closes a server so that no request is lost that was sent before its client could know. Made before it listens. */
export class ServerDrain {
  readonly #server: Server
  readonly #draining: Draining
  /** Connections on which no request has begun. Node does not count them among the idle ones. */
  readonly #unused = new Set<Socket>()

  constructor(server: Server, draining: Draining) {
    this.#server = server
    this.#draining = draining
    server.on('connection', (socket) => {
      this.#unused.add(socket)
      socket.once('close', () => this.#unused.delete(socket))
    })
    const forget = ({ socket }: { socket: Socket }) => this.#unused.delete(socket)
    server.on('request', forget).on('checkContinue', forget).on('checkExpectation', forget)
  }

  /**
   * Stops accepting, lets requests in flight finish, closes idle connections after a while, and what is
   * left at the end. It does not wait for tasks that nobody listens to any more.
   *
   * @param timeoutMs after this long, what is still busy is cut
   * @param idleMs for this long idle connections stay open, because a request may be on its way
   * @returns the number of requests that were cut off
   */
  async run(timeoutMs: number, idleMs: number): Promise<number> {
    this.#draining.begin()
    // http.Server's own close() would close the idle ones at this moment, and stop looking at time limits.
    const closed = new Promise<void>((resolve) => {
      NetServer.prototype.close.call(this.#server, () => resolve())
    })
    const idleCheck = setInterval(() => {
      if (this.#draining.quietMs() >= idleMs) this.#closeIdle()
    }, IDLE_CHECK_INTERVAL_MS)
    const timeout = new AbortController()
    const expired = sleep(timeoutMs, 'expired' as const, { signal: timeout.signal }).catch(() => undefined)
    const outcome = await Promise.race([closed, expired])
    timeout.abort()
    clearInterval(idleCheck)
    if (outcome !== 'expired') return 0
    this.#closeIdle()
    const cut = this.#draining.unanswered
    this.#server.closeAllConnections()
    await closed
    return cut
  }

  #closeIdle(): void {
    this.#server.closeIdleConnections()
    for (const socket of this.#unused) if (socket.bytesRead === 0) socket.destroy()
  }
}
