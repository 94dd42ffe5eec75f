import { createApp } from './express-app.mjs'

/*
 * No code for reloads at all, which is what most applications have. PM2 waits until the new process
 * listens, and then the old one dies of SIGINT.
 */
createApp().listen(Number(process.env.PORT), process.env.HOST)
