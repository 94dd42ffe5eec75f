import type { Command } from 'commander'
import { addConnectOptions, type ConnectOptions, connect } from './connect.ts'
import { CliError, EXIT } from './failure.ts'
import type { OpsClient } from './ops-client.ts'
import { print, terminalPaint } from './output.ts'
import { formatStatus, isFullyReady } from './status-view.ts'
import { watch } from './watch.ts'

interface StatusOptions extends ConnectOptions {
  readonly json?: true
  /** Seconds; true where none are named. */
  readonly watch?: number | true
}

/** `offloop status` */
export function addStatusCommand(program: Command): void {
  const command = program
    .command('status')
    .summary('how the cluster is, a row for each slot')
    .description(
      'Shows how the cluster is: a header, a row for each slot and what needs attention. Ends with 0 when every slot is ready, with 1 when one is not, with 3 when the primary cannot be reached.',
    )
    .option('--json', 'print the JSON of GET /status unchanged')
    .option(
      '--watch [seconds]',
      'show it again and again, each second or as told, until Ctrl-C',
      parseInterval,
    )
  addConnectOptions(command).action(async (options: StatusOptions) => {
    const client = connect(options)
    if (options.watch === undefined) {
      await showOnce(client, options)
    } else {
      const everyMs = (options.watch === true ? 1 : options.watch) * 1000
      await watch(() => look(client, options), { everyMs, json: options.json ?? false })
    }
  })
}

async function showOnce(client: OpsClient, options: StatusOptions): Promise<void> {
  const { text, fullyReady } = await look(client, options)
  print(text)
  if (!fullyReady) process.exitCode = EXIT.failed
}

async function look(
  client: OpsClient,
  { json }: StatusOptions,
): Promise<{ text: string; fullyReady: boolean }> {
  const { text, body } = await client.status()
  return { text: json ? text : formatStatus(body, terminalPaint), fullyReady: isFullyReady(body) }
}

function parseInterval(text: string): number {
  const seconds = Number(text)
  if (seconds >= 0.1 && seconds <= 3600) return seconds
  throw new CliError(
    EXIT.usage,
    `Cannot use --watch: expected seconds from 0.1 to 3600, got ${JSON.stringify(text)}`,
  )
}
