import { Agent, get, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LightRequests, LightTimes } from './light-requests.ts'

/** Connections to each address that are there from the start and used in turn: of a cluster each process has some. */
const CONNECTIONS = 4
/** Before the first request that counts: code is compiled when it has run for a while, on both sides. */
const WARM_UP_MS = 500
const MAX_SECONDS = 60

/* Gets one job from its parent, and tells the times. An answer that is wrong ends it with a code. */
process.once('message', (job: LightRequests) => {
  void measure(job).then((times) => process.send?.(times, () => process.disconnect?.()))
})

async function measure({ urls, perSecond, seconds }: LightRequests): Promise<LightTimes> {
  if (seconds > MAX_SECONDS) throw new Error(`A measurement takes ${MAX_SECONDS} s at most, got ${seconds}`)
  const agent = new Agent({ keepAlive: true, scheduling: 'fifo' })
  await Promise.all(urls.flatMap((url) => Array.from({ length: CONNECTIONS }, () => warmUp(url, agent))))
  const targets = urls.map((url) => ({ url, ms: [] as number[] }))
  const underWay: Promise<void>[] = []
  const startedAt = performance.now()
  for (let turn = 0; turn < perSecond * seconds; turn++) {
    for (const [index, { url, ms }] of targets.entries()) {
      const due = startedAt + ((turn + index / targets.length) * 1000) / perSecond
      const waitMs = due - performance.now()
      if (waitMs > 0) await sleep(waitMs)
      underWay.push(ask(url, agent).then(() => void ms.push(performance.now() - due)))
    }
  }
  await Promise.all(underWay)
  agent.destroy()
  return targets.map(({ ms }) => ms)
}

async function warmUp(url: string, agent: Agent): Promise<void> {
  const startedAt = performance.now()
  while (performance.now() - startedAt < WARM_UP_MS) await ask(url, agent)
}

async function ask(url: string, agent: Agent): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  get(url, { agent }, resolve).on('error', reject)
  const response = await promise
  const body = await text(response)
  if (response.statusCode === 200 && body.includes('"alive"')) return
  throw new Error(`Expected status 200 and "alive" of ${url}, got ${response.statusCode} and ${body}`)
}
