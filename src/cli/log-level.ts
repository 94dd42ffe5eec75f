import type { Command } from 'commander'
import { settingTable } from '../config/settings.ts'
import type { LogLevel } from '../protocol/operators-api.ts'
import { addConnectOptions, type ConnectOptions, connect } from './connect.ts'
import { CliError, EXIT } from './failure.ts'
import { print } from './output.ts'

/** `offloop log-level` */
export function addLogLevelCommand(program: Command): void {
  const command = program
    .command('log-level')
    .summary('show or change the lowest level that is logged')
    .description(
      'Changes the lowest level that is logged, at once and everywhere: in the primary, in all HTTP processes and on their threads. It stays until it is changed again, until LOG_LEVEL itself changes and a reload reads that, or until the primary ends. Without a level, prints the one in force.',
    )
    .argument('[level]', settingTable.logLevel.wanted, parseLevel)
  addConnectOptions(command).action(async (level: LogLevel | undefined, options: ConnectOptions) => {
    const client = connect(options)
    if (level === undefined) {
      print((await client.status()).body.logLevel)
      return
    }
    const { logLevelBefore, logLevel } = (await client.setLogLevel(level)).body
    print(logLevelBefore === logLevel ? `nothing to do: ${logLevel}` : `${logLevelBefore} -> ${logLevel}`)
  })
}

function parseLevel(text: string): LogLevel {
  const level = settingTable.logLevel.parse(text)
  if (level !== undefined) return level
  throw new CliError(
    EXIT.usage,
    `Cannot set the log level: expected ${settingTable.logLevel.wanted}, got ${JSON.stringify(text)}`,
  )
}
