import express from 'express'
import { pinoHttp } from 'pino-http'
import { inEachProcess } from './parts/in-each-process.mjs'
import { threadPool } from './parts/thread-pool.mjs'

inEachProcess(() => {
  const pool = threadPool(new URL('parts/hash-on-thread.mjs', import.meta.url))
  const app = express()
  if (process.env.ACCESS_LOG === 'on') app.use(pinoHttp())
  app.post('/hash', express.raw({ type: () => true, limit: '100mb' }), (request, response, next) => {
    pool.run(request.body).then((result) => response.json(result), next)
  })
  app.listen(0, '127.0.0.1')
})
