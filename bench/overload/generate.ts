import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { LoadJob, LoadReport } from './load-job.ts'

const processFile = fileURLToPath(new URL('load-process.ts', import.meta.url))

/** Puts a load on a server, from a process of its own. */
export async function generate(job: LoadJob): Promise<LoadReport> {
  const child = fork(processFile, { serialization: 'advanced' })
  child.send(job)
  const ended = once(child, 'exit')
  const report = once(child, 'message') as Promise<[LoadReport]>
  const first = await Promise.race([report, ended.then(() => undefined)])
  if (first === undefined) throw new Error('The load ended without a report')
  await ended
  return first[0]
}
