import express from 'express'

/*
 * What is compared: a plain Express app with a light path, an echo and one that computes. It computes
 * on the event loop, as the app does that has not met the problem yet; 20 ms of it are little enough
 * that the comparison is one of reloads and not of pools. With Piscina the same requests would be in
 * flight at a reload, only for a different reason.
 */
export function createApp() {
  const app = express()
  app.use(express.json())
  app.get('/', (_request, response) => {
    response.json({ status: 'alive' })
  })
  app.post('/echo', (request, response) => {
    response.json({ message: request.body.message })
  })
  app.post('/busy', (request, response) => {
    const end = performance.now() + request.body.ms
    while (performance.now() < end);
    response.json({ pid: process.pid })
  })
  return app
}
