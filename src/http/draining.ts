import type { Server, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RequestHandler } from 'express'

/** How often connections are looked at that have become idle meanwhile. */
const IDLE_CHECK_INTERVAL_MS = 100

/**
 * Whether this process is draining, and what that means for connections: every answer that goes out
 * from then on says `Connection: close`, also to requests that came before.
 */
export class Draining {
  #begun = false
  readonly #unanswered = new Set<ServerResponse>()

  get begun(): boolean {
    return this.#begun
  }

  begin(): void {
    this.#begun = true
    for (const response of this.#unanswered) sayClose(response)
  }

  /** To be used before everything that answers. */
  readonly middleware: RequestHandler = (_request, response, next) => {
    if (this.#begun) sayClose(response)
    else {
      this.#unanswered.add(response)
      response.once('close', () => this.#unanswered.delete(response))
    }
    next()
  }
}

function sayClose(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close')
}

/**
 * Stops accepting, lets requests in flight finish, then closes what is left open. It does not wait
 * for tasks that nobody listens to any more.
 *
 * @param timeoutMs after this long, connections that are still busy are cut
 * @returns the number of connections that were cut
 */
export async function drainServer(server: Server, timeoutMs: number): Promise<number> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  // Answers whose headers were out before the drain began have left their connections open.
  const idleCheck = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_INTERVAL_MS)
  const timeout = new AbortController()
  const expired = sleep(timeoutMs, 'expired' as const, { signal: timeout.signal }).catch(() => undefined)
  const outcome = await Promise.race([closed, expired])
  timeout.abort()
  clearInterval(idleCheck)
  if (outcome !== 'expired') return 0
  const cut = await openConnections(server)
  server.closeAllConnections()
  await closed
  return cut
}

function openConnections(server: Server): Promise<number> {
  return new Promise((resolve) => server.getConnections((error, count) => resolve(error ? 0 : count)))
}
