import Fastify from 'fastify'
import { inEachProcess } from './parts/in-each-process.mjs'
import { threadPool } from './parts/thread-pool.mjs'

inEachProcess(async () => {
  const pool = threadPool(new URL('parts/hash-on-thread.mjs', import.meta.url))
  const app = Fastify({ logger: process.env.ACCESS_LOG === 'on', bodyLimit: 100 * 1024 * 1024 })
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.post('/hash', (request) => pool.run(request.body))
  await app.listen({ port: 0, host: '127.0.0.1' })
})
