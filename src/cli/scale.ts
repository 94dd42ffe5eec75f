import type { Command } from 'commander'
import { settingTable } from '../config/settings.ts'
import { addConnectOptions, type ConnectOptions, connect } from './connect.ts'
import { CliError, EXIT } from './failure.ts'
import type { OpsClient } from './ops-client.ts'
import { printWaiting } from './output.ts'
import { reportVerdict } from './verdict.ts'

/** `offloop scale` */
export function addScaleCommand(program: Command): void {
  const command = program
    .command('scale')
    .summary('change how many HTTP processes there are')
    .description(
      'Adds HTTP processes, or drains the last ones for good, and waits until that is done. A number with a sign is relative to what there should be now.',
    )
    .argument('<number>', 'HTTP processes that there should be: 4, or +1, or -1', parseTarget)
    .option('--json', 'print the verdict as JSON, as it came')
  addConnectOptions(command).action(
    async (target: Target, options: ConnectOptions & { readonly json?: true }) => {
      const client = connect(options)
      const processes = target.relative ? await fromNow(client, target.number) : target.number
      printWaiting(`scaling to ${processes} …`)
      await reportVerdict(client.scale(processes), options.json ?? false)
    },
  )
}

interface Target {
  readonly number: number
  readonly relative: boolean
}

function parseTarget(text: string): Target {
  const relative = /^[+-]\d+$/.test(text)
  const number = relative ? Number(text) : settingTable.processes.parse(text)
  if (number !== undefined) return { number, relative }
  throw new CliError(
    EXIT.usage,
    `Cannot scale: expected ${settingTable.processes.wanted}, or a change such as +1, got ${JSON.stringify(text)}`,
  )
}

async function fromNow(client: OpsClient, change: number): Promise<number> {
  const { processes } = (await client.status()).body
  const target = settingTable.processes.parse(String(processes + change))
  if (target !== undefined) return target
  throw new CliError(
    EXIT.usage,
    `Cannot scale from ${processes} to ${processes + change}: expected ${settingTable.processes.wanted}`,
  )
}
