import cluster from 'node:cluster'
import { SLOT_VARIABLE } from './config/load-config.ts'

/*
 * The program: primary or HTTP process. Each side is loaded only where it runs, so that the primary
 * never loads Express, sharp or a task.
 */
if (cluster.isPrimary) {
  const { runPrimary } = await import('./primary/primary.ts')
  await runPrimary()
} else if (process.env[SLOT_VARIABLE] === undefined) {
  // Forked by somebody else's primary, which in practice is PM2's.
  const sentence =
    'Cannot start inside another cluster: Offloop forks its own processes. Under PM2 use exec_mode "fork" with one instance, as ecosystem.config.cjs does'
  process.stderr.write(`offloop: ${sentence}\n`)
  process.exit(2)
} else {
  const { runHttpProcess } = await import('./http/http-process.ts')
  await runHttpProcess()
}
