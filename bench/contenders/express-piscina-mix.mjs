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
  app.post('/hash', bytes, async (request, response) => {
    response.json(await pool.run(request.body, { name: 'hash' }))
  })
  app.post('/analyse', json, async (request, response) => {
    response.json(await pool.run(request.body, { name: 'analyse' }))
  })
  app.post('/image', bytes, async (request, response) => {
    const { body, query } = request
    const image = await pool.run({ body, width: Number(query.width) }, { name: 'image' })
    response.type('image/jpeg').send(Buffer.from(image))
  })
  app.post('/heap', async (_request, response) => {
    response.json(await pool.run(undefined, { name: 'heap' }))
  })
  app.use((error, _request, response, _next) => {
    response.status(error.status ?? 500).json({ error: error.message })
  })
  app.listen(0, '127.0.0.1')
})
