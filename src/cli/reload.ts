import type { Command } from 'commander'
import { addConnectOptions, type ConnectOptions, connect } from './connect.ts'
import { printWaiting } from './output.ts'
import { reportVerdict } from './verdict.ts'

/** `offloop reload` */
export function addReloadCommand(program: Command): void {
  const command = program
    .command('reload')
    .summary('replace the HTTP processes one at a time')
    .description(
      'Replaces the HTTP processes one at a time, without losing a request, and waits for the verdict, however long it takes. Stops at the first new process that does not become ready: what was there serves on, and the command ends with 1. Ending the command does not end the reload.',
    )
    .option('--json', 'print the verdict as JSON, as it came')
  addConnectOptions(command).action(async (options: ConnectOptions & { json?: true }) => {
    const client = connect(options)
    printWaiting('reloading …')
    await reportVerdict(client.reload(), options.json ?? false)
  })
}
