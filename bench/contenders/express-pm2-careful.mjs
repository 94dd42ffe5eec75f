import express from 'express'
import { createApp } from './express-app.mjs'

/*
 * The same by somebody who knows that `server.close()` goes on serving a busy kept connection for
 * ever: from SIGINT on every answer closes its connection, and those that became idle meanwhile are closed.
 */
const IDLE_CHECK_INTERVAL_MS = 100

let closing = false
const app = express()
app.use((_request, response, next) => {
  if (closing) response.set('Connection', 'close')
  next()
})
app.use(createApp())
const server = app.listen(Number(process.env.PORT), process.env.HOST, (error) => {
  if (error) throw error
  process.send?.('ready')
})

process.on('SIGINT', () => {
  closing = true
  server.close((error) => process.exit(error ? 1 : 0))
  setInterval(() => server.closeIdleConnections(), IDLE_CHECK_INTERVAL_MS)
})
