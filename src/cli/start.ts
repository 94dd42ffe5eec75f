import { dirname, extname, join } from 'node:path'
import { type Command, Option } from 'commander'

/** The options of `offloop start` and the setting that each one is. */
const SETTINGS = [
  { flags: '--port <number>', variable: 'PORT', doc: 'port of the application' },
  { flags: '--host <address>', variable: 'HOST', doc: 'address that the application listens on' },
  { flags: '--processes <number>', variable: 'OFFLOOP_PROCESSES', doc: 'HTTP processes' },
  { flags: '--threads <number>', variable: 'OFFLOOP_THREADS', doc: 'threads in each HTTP process' },
  { flags: '--tasks-dir <folder>', variable: 'OFFLOOP_TASKS_DIR', doc: 'a folder with more tasks' },
  { flags: '--env-file <file>', variable: 'OFFLOOP_ENV_FILE', doc: 'a file with more settings' },
] as const

/** `offloop start` */
export function addStartCommand(program: Command): void {
  const command = program
    .command('start')
    .summary('run the cluster in this terminal')
    .description(
      'Runs the primary in this very process, so that signals reach it: SIGTERM and Ctrl-C shut down gracefully. Does not go to the background: that is what a process manager is for.',
    )
    .optionsGroup('Settings (each wins over its variable; offloop settings lists all others):')
  const options = SETTINGS.map(({ flags, doc, variable }) => new Option(flags, `${doc} (${variable})`))
  for (const option of options) command.addOption(option)
  command.action(async (given: Record<string, string>) => {
    options.forEach((option, index) => {
      const value = given[option.attributeName()]
      const variable = SETTINGS[index]?.variable
      if (value !== undefined && variable !== undefined) process.env[variable] = value
    })
    process.argv[1] = mainBeside(process.argv[1] ?? '')
    // Reads the settings, says what is wrong with them, and ends the process with its own exit code.
    await import('../main.ts')
  })
}

/**
 * The program as it would have been named without this command. Through a symbolic link to a release,
 * a reload then runs the release that the link shows by now; the primary checks that the file is its own.
 */
function mainBeside(cliFile: string): string {
  return join(dirname(cliFile), `main${extname(import.meta.url)}`)
}
