import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { addConnectOptions, type ConnectOptions, connect } from './connect.ts'
import { CliError, EXIT, ProblemAnswerError, UnreachableError } from './failure.ts'
import type { OpsClient } from './ops-client.ts'
import { print, printWaiting } from './output.ts'
import { formatDuration } from './units.ts'

interface StopOptions extends ConnectOptions {
  readonly timeout: number
}

/** `offloop stop` */
export function addStopCommand(program: Command): void {
  const command = program
    .command('stop')
    .summary('shut the cluster down and wait until it is gone')
    .description(
      'Asks the primary to shut down: what is in flight finishes first. Then waits until it is gone. Does not kill anything when that takes too long: it says so and ends with 1.',
    )
    .option('--timeout <seconds>', 'how long to wait', parseTimeout, 60)
  addConnectOptions(command).action(async (options: StopOptions) => {
    const client = connect(options)
    const begun = performance.now()
    const pid = await askToStop(client)
    printWaiting(`waiting for pid ${pid} …`)
    while (!(await isGone(client, pid))) {
      if (performance.now() - begun > options.timeout * 1000) {
        throw new CliError(EXIT.failed, `The primary, pid ${pid}, is still there after ${options.timeout} s`)
      }
      await sleep(POLL_MS)
    }
    print(`stopped pid ${pid} in ${formatDuration(performance.now() - begun)}`)
  })
}

const POLL_MS = 100

/** @returns the process id of the primary, which need not be one of this machine */
async function askToStop(client: OpsClient): Promise<number> {
  try {
    return (await client.stop()).body.pid
  } catch (error) {
    // Somebody else was faster: then it is only waited for.
    if (!(error instanceof ProblemAnswerError && error.code === 'SHUTTING_DOWN')) throw error
    return (await client.status()).body.pid
  }
}

/**
 * Nothing listens any more, or it is another primary that does, as a process manager may start one at
 * once. The process id is not looked up here: it may be that of a container or of another machine.
 */
async function isGone(client: OpsClient, pid: number): Promise<boolean> {
  try {
    return (await client.status()).body.pid !== pid
  } catch (error) {
    if (error instanceof UnreachableError) return error.gone
    throw error
  }
}

function parseTimeout(text: string): number {
  const seconds = Number(text)
  if (text.trim() !== '' && seconds >= 0 && seconds <= 86_400) return seconds
  throw new CliError(
    EXIT.usage,
    `Cannot use --timeout: expected seconds from 0 to 86400, got ${JSON.stringify(text)}`,
  )
}
