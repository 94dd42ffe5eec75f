import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { seeded } from '../../../test/support/seeded.ts'
import { poissonArrivals } from '../../harness/poisson-arrivals.ts'

export interface DealtLoad {
  readonly url: string
  readonly task: string
  readonly perSecond: number
  /** Mean of the run times, which are exponentially distributed. */
  readonly meanMs: number
  readonly seconds: number
  readonly seed: number
  readonly processes: number
}

export interface DealtAnswers {
  /** From when each request was to be sent until its answer was complete. */
  readonly latenciesMs: readonly number[]
  readonly failed: number
}

const WARM_UP_SECONDS = 2
/** More than are ever busy at once, for each process. */
const CONNECTIONS = 96
const MAX_REQUESTS = 100_000
const MAX_CONNECTIONS = 2000

/**
 * Sends requests by the clock, each to a process that chance picks, as connections are dealt out without a
 * look at load. Whatever becomes of those before, and the same for the same seed.
 */
export async function sendDealtLoad(load: DealtLoad): Promise<DealtAnswers> {
  const processes = await connectToEach(load)
  const random = seeded(load.seed)
  const nextMs = poissonArrivals(load.perSecond, load.seed + 1)
  const latenciesMs: number[] = []
  const sent: Promise<void>[] = []
  let failed = 0
  const startedAt = performance.now()
  const countFrom = startedAt + WARM_UP_SECONDS * 1000
  const end = countFrom + load.seconds * 1000
  for (let due = startedAt + nextMs(); due < end && sent.length < MAX_REQUESTS; due += nextMs()) {
    const idle = processes[Math.floor(random() * processes.length)] ?? []
    const ms = Math.max(1, -Math.log(1 - random()) * load.meanMs)
    const waitMs = due - performance.now()
    if (waitMs > 0) await sleep(waitMs)
    const answered = postOnIdle(load, idle, ms).then(
      () => due >= countFrom && latenciesMs.push(performance.now() - due),
      () => failed++,
    )
    sent.push(answered.then(() => {}))
  }
  await Promise.all(sent)
  for (const agent of processes.flat()) agent.destroy()
  return { latenciesMs, failed }
}

/** Connections to one process that nobody uses at the moment. */
type Idle = Agent[]

/** Kept connections to each process; an idle server says by its answer which one they lead to. */
async function connectToEach(load: DealtLoad): Promise<Idle[]> {
  const byPid = new Map<number, Idle>()
  const isEnough = () =>
    byPid.size === load.processes && [...byPid.values()].every(({ length }) => length >= CONNECTIONS)
  for (let opened = 0; !isEnough(); opened++) {
    if (opened > MAX_CONNECTIONS) throw new Error('Connections to some process could not be had')
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const pid = await post(load, agent, 1)
    byPid.set(pid, [...(byPid.get(pid) ?? []), agent])
  }
  return [...byPid.values()]
}

async function postOnIdle(load: DealtLoad, idle: Idle, ms: number): Promise<void> {
  const agent = idle.shift()
  if (agent === undefined) throw new Error('More requests are under way than there are connections')
  await post(load, agent, ms)
  idle.push(agent)
}

/** @returns the process that ran it */
function post({ url, task }: DealtLoad, agent: Agent, ms: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const body = JSON.stringify({ ms })
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }
  const outgoing = request(`${url}/api/tasks/${task}`, { agent, method: 'POST', headers })
  outgoing.on('error', reject).on('response', (response) => {
    let text = ''
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    response.on('end', () => {
      const { pid } = JSON.parse(text) as { pid?: number }
      if (response.statusCode === 200 && pid !== undefined) resolve(pid)
      else reject(new Error(`Answered ${response.statusCode}: ${text}`))
    })
  })
  outgoing.end(body)
  return promise
}
