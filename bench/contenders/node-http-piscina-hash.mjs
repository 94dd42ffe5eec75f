import { createServer } from 'node:http'
import { pino } from 'pino'
import { inEachProcess } from './parts/in-each-process.mjs'
import { threadPool } from './parts/thread-pool.mjs'

/** The floor: as little as can stand between a socket and a thread. */
inEachProcess(() => {
  const pool = threadPool(new URL('parts/hash-on-thread.mjs', import.meta.url))
  const log = process.env.ACCESS_LOG === 'on' ? pino() : undefined
  const server = createServer((request, response) => {
    const startedAt = performance.now()
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      void pool.run(Buffer.concat(chunks)).then((result) => {
        const answer = JSON.stringify(result)
        response.writeHead(200, {
          'Content-Type': 'application/json',
          'Content-Length': Buffer.byteLength(answer),
        })
        response.end(answer)
        const { method, url } = request
        log?.info({ method, url, status: 200, durationMs: performance.now() - startedAt }, 'request')
      })
    })
  })
  server.listen(0, '127.0.0.1')
})
