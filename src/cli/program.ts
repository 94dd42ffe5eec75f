import { Command, CommanderError } from 'commander'
import { ConfigError } from '../config/load-config.ts'
import { packageVersion } from '../config/version.ts'
import { addHeapSnapshotCommand, addProfileCommand, addReportCommand } from './diagnosis-files.ts'
import { CliError, EXIT } from './failure.ts'
import { helpEnd, SUMMARY } from './help.ts'
import { addLogLevelCommand } from './log-level.ts'
import { printError } from './output.ts'
import { addReloadCommand } from './reload.ts'
import { addScaleCommand } from './scale.ts'
import { addSettingsCommand } from './settings.ts'
import { addStackCommand } from './stack.ts'
import { addStartCommand } from './start.ts'
import { addStatusCommand } from './status.ts'
import { addStopCommand } from './stop.ts'
import { addTasksCommand } from './tasks.ts'

/** Runs the command that the arguments name. Errors become a sentence and `process.exitCode`. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync(argv)
  } catch (error) {
    if (error instanceof CommanderError) {
      // Its text is out already; its own codes tell help that was asked for from a mistake.
      process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage
    } else if (error instanceof CliError || error instanceof ConfigError) {
      printError(error.message)
      process.exitCode = error instanceof CliError ? error.exitCode : EXIT.usage
    } else throw error
  }
}

/** The commands and their options, ready to parse arguments. */
export function createProgram(): Command {
  const program = new Command('offloop')
    .summary(SUMMARY)
    .description(SUMMARY)
    .usage('<command> [options]')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(`offloop: ${usageSentence(text)}\n`),
    })
    .addHelpText('after', helpEnd)

  program.commandsGroup('Run it:')
  addStartCommand(program)
  program.commandsGroup('Look at it:')
  addStatusCommand(program)
  addTasksCommand(program)
  addSettingsCommand(program)
  program.commandsGroup('Look into it:')
  addStackCommand(program)
  addProfileCommand(program)
  addHeapSnapshotCommand(program)
  addReportCommand(program)
  program.commandsGroup('Change what runs:')
  addReloadCommand(program)
  addScaleCommand(program)
  addLogLevelCommand(program)
  addStopCommand(program)
  return program.commandsGroup('Other:').helpCommand('help [command]', 'print the help of a command')
}

/**
 * Commander's message in the form of our sentences: `error: unknown command 'statsu'` and a line
 * `(Did you mean status?)` become `Unknown command 'statsu', did you mean status?`
 */
export function usageSentence(message: string): string {
  const [said = '', suggestion] = message
    .trim()
    .replace(/^error: /, '')
    .split('\n')
  const sentence = said.replace(/\.$/, '').replace('. Expected', ': expected')
  const [, nearest] = /^\(Did you mean (.*)\?\)$/.exec(suggestion ?? '') ?? []
  const help = nearest === undefined ? ', offloop --help lists what there is' : `, did you mean ${nearest}?`
  return sentence.charAt(0).toUpperCase() + sentence.slice(1) + (sentence.startsWith('unknown') ? help : '')
}
