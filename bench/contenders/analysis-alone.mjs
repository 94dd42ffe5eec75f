import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { sideBySide } from '../harness/closed-loop.ts'
import { withoutHttp } from './parts/without-http.mjs'

const file = new URL('parts/analyse-again-and-again.mjs', import.meta.url)
let threads

/** The limit: THREADS threads in each process, each of which has the bytes and makes the answer's bytes of them. */
withoutHttp(async (job) => {
  threads ??= Array.from({ length: Number(process.env.THREADS) }, () => new Worker(file))
  const done = threads.map(async (thread) => {
    thread.postMessage(job)
    const [result] = await once(thread, 'message')
    return result
  })
  return sideBySide(await Promise.all(done))
})
