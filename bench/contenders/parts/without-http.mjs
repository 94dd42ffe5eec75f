import cluster from 'node:cluster'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { sideBySide } from '../../harness/closed-loop.ts'

/**
 * PROCESSES processes that compute as long as they are told to: what is possible where no request comes in and no
 * answer goes out. Only the word to begin is a request, to the process above them, which answers with what they did.
 *
 * @param loop does a job and resolves to a LoopResult
 */
export function withoutHttp(loop) {
  if (cluster.isPrimary) lead()
  else process.on('message', (job) => void loop(job).then((result) => process.send(result)))
}

function lead() {
  const processes = Array.from({ length: Number(process.env.PROCESSES) }, () => cluster.fork())
  cluster.on('exit', () => process.exit(1))
  const server = createServer((request, response) => {
    void json(request).then(async (job) => {
      const results = await Promise.all(processes.map((each) => doneBy(each, job)))
      response.end(JSON.stringify(sideBySide(results)))
    })
  })
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
  process.once('SIGTERM', () => process.exit())
}

async function doneBy(child, job) {
  child.send(job)
  const [result] = await once(child, 'message')
  return result
}
