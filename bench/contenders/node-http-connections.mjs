import { createServer } from 'node:http'
import { inEachProcess } from './parts/in-each-process.mjs'
import { threadPool } from './parts/thread-pool.mjs'

/** What node:http does by itself with connections that the primary deals out in turn, with a thread and without. */
inEachProcess(() => {
  const pool = threadPool(new URL('parts/hash-on-thread.mjs', import.meta.url))
  const server = createServer((request, response) => {
    const answer = (result) => {
      const text = JSON.stringify(result)
      const length = Buffer.byteLength(text)
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': length })
      response.end(text)
    }
    if (request.url === '/livez') return answer({ status: 'alive' })
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => void pool.run(Buffer.concat(chunks)).then(answer))
  })
  server.listen(0, '127.0.0.1')
})
