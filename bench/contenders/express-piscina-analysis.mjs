import express from 'express'
import { inEachProcess } from './parts/in-each-process.mjs'
import { threadPool } from './parts/thread-pool.mjs'

/* JSON is parsed by Express and goes to the thread as an object; bytes are moved there, not copied. */
inEachProcess(() => {
  const limit = '200mb'
  const pool = threadPool(new URL('parts/analyse-on-thread.mjs', import.meta.url))
  const app = express()
  app.get('/livez', (_request, response) => {
    response.json({ status: 'alive' })
  })
  app.post('/analyze', express.json({ limit }), express.raw({ limit }), (request, response, next) => {
    const { body: input, query } = request
    const transferList = Buffer.isBuffer(input) ? [input.buffer] : []
    const { analysisType } = query
    pool.run({ input, analysisType }, { transferList }).then((result) => response.json(result), next)
  })
  app.listen(0, '127.0.0.1')
})
