import cluster from 'node:cluster'
import express from 'express'
import { Piscina } from 'piscina'

/*
 * Plain Express and Piscina in node:cluster: what one writes who knows that computing belongs on threads.
 * Piscina has its defaults but for the number of threads; MAX_QUEUE=auto is the bound that its documentation
 * offers (the square of the number of threads), beyond which this answers 503.
 */
const PROCESSES = Number(process.env.PROCESSES)
const THREADS = Number(process.env.THREADS)

if (cluster.isPrimary) leadProcesses()
else serve()

function leadProcesses() {
  let listening = 0
  cluster.on('listening', (_process, { port }) => {
    listening += 1
    if (listening === PROCESSES) process.send?.({ port })
  })
  for (let count = 0; count < PROCESSES; count++) cluster.fork()
  process.once('SIGTERM', () => process.exit())
}

function serve() {
  const pool = new Piscina({
    filename: new URL('busy-thread.mjs', import.meta.url).href,
    minThreads: THREADS,
    maxThreads: THREADS,
    ...(process.env.MAX_QUEUE === 'auto' && { maxQueue: 'auto' }),
  })
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
}
