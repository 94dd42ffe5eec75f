import { startLoad } from '../../test/support/load.ts'
import { startOffloop } from '../harness/start-offloop.ts'
import type { Accepting } from './contenders.ts'
import { CONNECTIONS } from './description.ts'

/** Requests that are answered after a reload before the next one begins. */
const BETWEEN_RELOADS = 200

/** What reloads lose of the requests of many clients, half of which open a connection for each of theirs. */
export async function lostInReloads(way: Accepting, reloads: number): Promise<Record<string, number>> {
  await using server = await startOffloop({ OFFLOOP_PROCESSES: '2', OFFLOOP_THREADS: '2', ...way.settings })
  const load = startLoad({
    url: server.url,
    clients: CONNECTIONS,
    maxRequests: 30_000 * reloads,
    maxSeconds: 30 * reloads,
  })
  for (let count = 0; count < reloads; count++) {
    const response = await fetch(`${server.opsUrl}/reload`, { method: 'POST' })
    if (!response.ok) throw new Error(`A reload failed: ${response.status} ${await response.text()}`)
    await response.arrayBuffer()
    await load.more(BETWEEN_RELOADS)
  }
  const { requests, failures } = await load.stop()
  return { reloads, requests, lost: failures.length }
}
