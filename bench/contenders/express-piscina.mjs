import express from 'express'
import { inEachProcess } from './parts/in-each-process.mjs'
import { threadPool } from './parts/thread-pool.mjs'

/*
 * What one writes who knows that computing belongs on threads. MAX_QUEUE=auto is the bound that Piscina's
 * documentation offers (the square of the number of threads), beyond which this answers 503.
 */
inEachProcess(() => {
  const bounded = process.env.MAX_QUEUE === 'auto' && { maxQueue: 'auto' }
  const pool = threadPool(new URL('parts/busy-on-thread.mjs', import.meta.url), { ...bounded })
  const app = express()
  app.use(express.json())
  app.get('/', (_request, response) => {
    response.json({ status: 'alive' })
  })
  app.post('/busy', (request, response, next) => {
    pool.run(request.body).then((result) => response.json(result), next)
  })
  app.use((error, _request, response, _next) => {
    // Piscina tells its refusals from other errors by their message alone.
    const full = error.message === 'Task queue is at limit' || error.message.startsWith('No task queue')
    response.status(full ? 503 : 500).json({ error: error.message })
  })
  app.listen(0, '127.0.0.1')
})
