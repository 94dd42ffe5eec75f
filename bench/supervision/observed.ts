import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { PROCESSES, type Supervisor } from './supervisor.ts'

/*
 * Processes as a client sees them, which is the same for all contenders: a process serves once it has answered a
 * request on a new connection. What the supervisors say of themselves is not asked.
 */

const PAUSE_MS = 5
const DEADLINE_MS = 30_000

/** Waits for the first answer with status 200. */
export async function firstAnswer(url: string, { paths }: Supervisor): Promise<void> {
  await look('an answer', async () => (await ask(url, 'GET', paths.light)) !== undefined)
}

/** Waits until the full number of processes has answered since this call, none of them one of `without`. */
export async function allServe(
  url: string,
  { paths }: Supervisor,
  without: ReadonlySet<number> = new Set(),
): Promise<ReadonlySet<number>> {
  const pids = new Set<number>()
  await look(`${PROCESSES} processes to answer`, async () => {
    const answer = await ask(url, 'POST', paths.busy, '{"ms":0}')
    const pid = (answer as { pid?: number } | undefined)?.pid
    if (pid !== undefined && !without.has(pid)) pids.add(pid)
    return pids.size === PROCESSES
  })
  return pids
}

/** Waits until none of these processes exists. */
export async function allGone(pids: ReadonlySet<number>): Promise<void> {
  await look('processes to end', async () => ![...pids].some(isAlive))
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function look(what: string, see: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + DEADLINE_MS
  while (!(await see())) {
    if (performance.now() > end) throw new Error(`Waited ${DEADLINE_MS} ms in vain for ${what}`)
    await sleep(PAUSE_MS)
  }
}

/** The JSON of an answer with status 200; undefined for every other end. */
function ask(url: string, method: string, path: string, body?: string): Promise<unknown> {
  return new Promise((resolve) => {
    const outgoing = request(url + path, {
      method,
      agent: false,
      timeout: 2000,
      headers: { Connection: 'close', ...(body !== undefined && { 'Content-Type': 'application/json' }) },
    })
    outgoing.on('timeout', () => outgoing.destroy())
    // Refused, reset or given up: there was no answer.
    outgoing.on('error', () => resolve(undefined))
    outgoing.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('error', () => resolve(undefined))
      response.on('end', () => resolve(response.statusCode === 200 ? JSON.parse(text) : undefined))
    })
    outgoing.end(body)
  })
}
