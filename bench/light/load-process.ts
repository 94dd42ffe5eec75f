import { Agent, request } from 'node:http'

/*
 * Keeps every thread of a server busy, from a process of its own, until its parent goes away: so many clients,
 * each of which sends its next request when it has its answer.
 */
export interface SaturatingJob {
  readonly url: string
  readonly clients: number
  /** `compute`: a small request that computes for 50 ms. `bodies`: a JSON body of 20 MB to be analysed. */
  readonly kind: 'compute' | 'bodies'
}

const NUMBERS = 2_600_000

process.once('message', ({ url, clients, kind }: SaturatingJob) => {
  const [path, body] =
    kind === 'compute' ? ['/api/tasks/busy', Buffer.from('{"ms":50}')] : ['/api/analyze-data', dataset()]
  const agent = new Agent({ keepAlive: true })
  let answered = 0
  const send = (): void => {
    const outgoing = request(`${url}${path}`, {
      agent,
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Content-Length': body.length },
    })
    outgoing
      .on('error', () => process.exit(1))
      .on('response', (response) => {
        response.resume().on('end', () => {
          if (response.statusCode !== 200) process.exit(1)
          answered += 1
          send()
        })
      })
    outgoing.end(body)
  }
  for (let client = 0; client < clients; client++) send()
  process.on('message', () => process.send?.(answered))
  process.on('disconnect', () => process.exit())
  process.send?.('under way')
})

/** 20 MB of JSON. */
function dataset(): Buffer {
  const numbers = Array.from({ length: NUMBERS }, (_, index) => ((index * 7919) % 1_000_003) / 1000)
  return Buffer.from(JSON.stringify({ dataset: numbers, analysisType: 'statistical' }))
}
