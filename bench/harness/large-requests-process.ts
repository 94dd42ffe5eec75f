import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { Agent, type IncomingMessage, request } from 'node:http'
import { inClosedLoop } from './closed-loop.ts'
import { problemOf } from './expected-answer.ts'
import type { LargeRequest, LargeRequests } from './large-requests.ts'

/* Gets one load from its parent, and tells what became of it. An answer that is wrong ends it with a code. */
process.once('message', (load: LargeRequests) => void send(load))

async function send({ url, requests, clients, seconds }: LargeRequests): Promise<void> {
  const bodies = new Map<string, Buffer>()
  for (const { bodyFile } of requests) {
    if (bodyFile !== undefined && !bodies.has(bodyFile)) bodies.set(bodyFile, await readFile(bodyFile))
  }
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  const result = await inClosedLoop({
    clients,
    seconds,
    async once(turn) {
      const chosen = requests[turn % requests.length]
      if (chosen === undefined) throw new Error('There is nothing to ask for')
      await ask(agent, url, chosen, bodies.get(chosen.bodyFile ?? ''))
    },
  })
  agent.destroy()
  process.send?.(result, () => process.disconnect?.())
}

async function ask(
  agent: Agent,
  url: string,
  { method, path, contentType, expected }: LargeRequest,
  body?: Buffer,
): Promise<void> {
  const outgoing = request(url + path, {
    agent,
    method,
    headers: {
      ...(contentType !== undefined && { 'Content-Type': contentType }),
      ...(body !== undefined && { 'Content-Length': body.length }),
    },
  })
  outgoing.end(body)
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  const problem = problemOf(response.statusCode, Buffer.concat(chunks), expected)
  if (problem !== undefined) throw new Error(`A wrong answer of ${method} ${path}: ${problem}`)
}
