import express from 'express'
import { pinoHttp } from 'pino-http'
import { inEachProcess } from './parts/in-each-process.mjs'
import { threadPool } from './parts/thread-pool.mjs'

/* Several kinds of work in one app: bytes are passed to a thread, JSON is parsed by Express and passed as objects. */
inEachProcess(() => {
  const pool = threadPool(new URL('parts/mix-on-thread.mjs', import.meta.url))
  const bytes = express.raw({ type: () => true, limit: '32mb' })
  const json = express.json({ limit: '32mb' })
  const app = express()
  if (process.env.ACCESS_LOG === 'on') app.use(pinoHttp())
  app.post('/hash', bytes, ({ body }, response, next) => {
    pool.run(body, { name: 'hash' }).then((result) => response.json(result), next)
  })
  app.post('/analyse', json, ({ body }, response, next) => {
    pool.run(body, { name: 'analyse' }).then((result) => response.json(result), next)
  })
  app.post('/image', bytes, ({ body, query }, response, next) => {
    const task = pool.run({ body, width: Number(query.width) }, { name: 'image' })
    task.then((image) => response.type('image/jpeg').send(Buffer.from(image)), next)
  })
  app.post('/heap', (_request, response, next) => {
    pool.run(undefined, { name: 'heap' }).then((result) => response.json(result), next)
  })
  app.use((error, _request, response, _next) => {
    response.status(error.status ?? 500).json({ error: error.message })
  })
  app.listen(0, '127.0.0.1')
})
