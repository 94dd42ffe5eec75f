import { request } from 'node:http'
import { residentBytes } from '../harness/process-figures.ts'

/** What a server is like for others while it is under load. */
export interface Watched {
  /** Of a light request each, in the order in which they were sent; a failed one counts as the cut-off. */
  readonly lightMs: readonly number[]
  readonly lightFailures: number
  readonly peakRssBytes: number
}

const LIGHT_INTERVAL_MS = 25
const RSS_INTERVAL_MS = 100
const LIGHT_CUT_OFF_MS = 2000

/** Asks for a light path by the clock, on new connections as health checks do, and looks at the memory. */
export function startWatch(url: string, pid: number): { stop(): Promise<Watched> } {
  const asked: Promise<number | undefined>[] = []
  let peakRssBytes = 0
  const ask = setInterval(() => asked.push(lightRequestMs(url)), LIGHT_INTERVAL_MS)
  const look = setInterval(() => {
    try {
      peakRssBytes = Math.max(peakRssBytes, residentBytes(pid))
    } catch {
      // A process went away in this moment; the next look finds the others.
    }
  }, RSS_INTERVAL_MS)
  return {
    stop: async () => {
      clearInterval(ask)
      clearInterval(look)
      const answers = await Promise.all(asked)
      const lightMs = answers.map((ms) => ms ?? LIGHT_CUT_OFF_MS)
      return { lightMs, lightFailures: answers.filter((ms) => ms === undefined).length, peakRssBytes }
    },
  }
}

/** @returns undefined where there was no answer with status 200 */
function lightRequestMs(url: string): Promise<number | undefined> {
  const sentAt = performance.now()
  const { promise, resolve } = Promise.withResolvers<number | undefined>()
  const outgoing = request(url, { agent: false, timeout: LIGHT_CUT_OFF_MS })
  outgoing.on('timeout', () => outgoing.destroy())
  outgoing.on('error', () => resolve(undefined))
  outgoing.on('response', (response) => {
    const answer = response.statusCode === 200
    response.resume()
    response.on('end', () => resolve(answer ? performance.now() - sentAt : undefined))
    response.on('error', () => {})
    response.on('close', () => resolve(undefined))
  })
  outgoing.end()
  return promise
}
