#!/usr/bin/env node
import { EXIT } from './cli/failure.ts'

/*
 * The `offloop` command. Its parts are loaded once it is known that this Node.js can run them.
 */
const OLDEST_NODE = 24

if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
  process.stderr.write(
    `offloop: Cannot run on Node.js ${process.versions.node}: expected ${OLDEST_NODE} or later\n`,
  )
  process.exitCode = EXIT.usage
} else {
  const { runCommandLine } = await import('./cli/program.ts')
  await runCommandLine(process.argv)
}
