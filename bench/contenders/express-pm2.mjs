import { createApp } from './express-app.mjs'

/*
 * As PM2's page on graceful start and shutdown has it
 * (https://pm2.keymetrics.io/docs/usage/signals-clean-restart/): say `ready` once it listens, and on
 * SIGINT stop accepting, finish what is in flight, exit.
 */
const server = createApp().listen(Number(process.env.PORT), process.env.HOST, (error) => {
  if (error) throw error
  process.send?.('ready')
})

process.on('SIGINT', () => {
  server.close((error) => process.exit(error ? 1 : 0))
})
