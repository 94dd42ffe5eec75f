import type { Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Stops accepting, lets requests in flight finish, then closes what is left open.
 *
 * Answers that go out meanwhile must say `Connection: close`; that is for the application to do. It
 * does not wait for tasks that nobody listens to any more.
 *
 * @param timeoutMs after this long, connections that are still busy are cut
 * @returns the number of connections that were cut
 */
export async function drainServer(server: Server, timeoutMs: number): Promise<number> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  const timeout = new AbortController()
  const expired = sleep(timeoutMs, 'expired' as const, { signal: timeout.signal }).catch(() => undefined)
  const outcome = await Promise.race([closed, expired])
  timeout.abort()
  if (outcome !== 'expired') return 0
  const cut = await openConnections(server)
  server.closeAllConnections()
  await closed
  return cut
}

function openConnections(server: Server): Promise<number> {
  return new Promise((resolve) => server.getConnections((error, count) => resolve(error ? 0 : count)))
}
