import cluster from 'node:cluster'
import { SLOT_VARIABLE } from './config/load-config.ts'

/*
 * The program: primary or HTTP process. Each side is loaded only where it runs, so that the primary
 * never loads Express, sharp or a task.
 */
const OLDEST_NODE = 24

if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
  refuse(
    `Cannot run on Node.js ${process.versions.node}: expected ${OLDEST_NODE} or later (npm scripts bring their own)`,
  )
} else if (cluster.isPrimary) {
  const { runPrimary } = await import('./primary/primary.ts')
  await runPrimary()
} else if (process.env[SLOT_VARIABLE] === undefined) {
  // Forked by somebody else's primary, which in practice is PM2's.
  refuse(
    'Cannot start inside another cluster: Offloop forks its own processes. Under PM2 use exec_mode "fork" with one instance, as ecosystem.config.cjs does',
  )
} else {
  const { runHttpProcess } = await import('./http/http-process.ts')
  await runHttpProcess()
}

function refuse(sentence: string): never {
  process.stderr.write(`offloop: ${sentence}\n`)
  process.exit(2)
}
