import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/*
 * Asks for light paths by the clock, from a process of its own so that no other work of the benchmark makes
 * it late. Its parent sends one job and gets the times, in milliseconds from when each request was due.
 */
export interface LightJob {
  /** Addresses that are asked in turn; the answer has to be a 200. */
  readonly urls: readonly string[]
  readonly perSecond: number
  readonly seconds: number
}

/** In the order of the addresses. */
export type LightTimes = readonly {
  readonly url: string
  readonly ms: readonly number[]
  readonly failed: number
}[]

const MAX_SECONDS = 60

process.once('message', (job: LightJob) => {
  void measure(job).then((times) => process.send?.(times, () => process.exit()))
})

async function measure({ urls, perSecond, seconds }: LightJob): Promise<LightTimes> {
  if (seconds > MAX_SECONDS) throw new Error(`A measurement takes ${MAX_SECONDS} s at most, got ${seconds}`)
  const agent = new Agent({ keepAlive: true, scheduling: 'fifo' })
  const results = urls.map((url) => ({ url, ms: [] as number[], failed: 0 }))
  const under: Promise<void>[] = []
  const startedAt = performance.now()
  for (let count = 0; count < perSecond * seconds; count++) {
    const due = startedAt + (count * 1000) / perSecond
    const waitMs = due - performance.now()
    if (waitMs > 0) await sleep(waitMs)
    const result = results[count % results.length]
    if (result === undefined) break
    const answered = get(result.url, agent).then(
      () => void result.ms.push(performance.now() - due),
      () => {
        result.failed += 1
      },
    )
    under.push(answered)
  }
  await Promise.all(under)
  agent.destroy()
  return results
}

function get(url: string, agent: Agent): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const outgoing = request(url, { agent })
  outgoing.on('error', reject).on('response', (response) => {
    response.resume().on('end', () => {
      if (response.statusCode === 200) resolve()
      else reject(new Error(`Answered ${response.statusCode}`))
    })
  })
  outgoing.end()
  return promise
}
