import { readFile } from 'node:fs/promises'
import { request } from 'node:http'

/** What a server is like for others while it is under load. */
export interface Watched {
  /** Of a light request each, in the order in which they were sent; a failed one counts as the cut-off. */
  readonly lightMs: readonly number[]
  readonly lightFailures: number
  readonly peakRssBytes: number
}

const LIGHT_INTERVAL_MS = 50
const RSS_INTERVAL_MS = 100
const LIGHT_CUT_OFF_MS = 2000

/** Asks for a light path by the clock, on new connections as health checks do, and looks at the memory. */
export function startWatch(url: string, pid: number): { stop(): Promise<Watched> } {
  const asked: Promise<number | undefined>[] = []
  let peakRssBytes = 0
  const ask = setInterval(() => asked.push(lightRequestMs(url)), LIGHT_INTERVAL_MS)
  const look = setInterval(() => {
    void rssBytes(pid).then((bytes) => {
      peakRssBytes = Math.max(peakRssBytes, bytes)
    })
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

/** Resident memory of a process and its children; what they share counts for each. */
export async function rssBytes(pid: number): Promise<number> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  const pids = [pid, ...children.trim().split(' ').filter(Boolean).map(Number)]
  const sizes = await Promise.all(pids.map(ownRssBytes))
  return sizes.reduce((total, size) => total + size, 0)
}

async function ownRssBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024
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
