import { request } from 'node:http'
import { percentiles } from './percentiles.ts'
import type { LoadAnswer, SmallRequests } from './small-requests.ts'

/* One request a connection. Gets one load from its parent, and tells what became of it. */
process.once('message', (load: SmallRequests) => {
  void send(load).then((answer) => process.send?.(answer, () => process.exit()))
})

async function send(load: SmallRequests): Promise<LoadAnswer> {
  const { connections, seconds, fresh } = load
  const startedAt = performance.now()
  const elapsedMs = () => performance.now() - startedAt
  const latenciesMs: number[] = []
  let sent = 0
  let wrong = 0
  const sendInTurn = async () => {
    while (elapsedMs() < seconds * 1000 && sent < (fresh?.maxRequests ?? 0)) {
      sent += 1
      const sentAt = performance.now()
      if (!(await isAnsweredRightly(load))) wrong += 1
      latenciesMs.push(performance.now() - sentAt)
    }
  }
  await Promise.all(Array.from({ length: connections }, sendInTurn))
  const { p99 } = percentiles(latenciesMs)
  return { answered: latenciesMs.length, seconds: elapsedMs() / 1000, p99Ms: p99, wrong }
}

function isAnsweredRightly({ url, method = 'POST', contentType, body, expected }: SmallRequests) {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const headers = { 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(body) }
  const outgoing = request(url, { agent: false, method, ...(method === 'POST' && { headers }) })
  outgoing.on('error', () => resolve(false))
  outgoing.on('response', (response) => {
    let text = ''
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    response.on('error', () => resolve(false))
    response.on('end', () => resolve(response.statusCode === 200 && text.includes(expected)))
  })
  outgoing.end(method === 'POST' ? body : undefined)
  return promise
}
