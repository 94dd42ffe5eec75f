import type { Command } from 'commander'
import { withEnvFile } from '../config/environment.ts'
import { type Environment, loadConfig, unknownVariableWarnings } from '../config/load-config.ts'
import type { Setting } from '../config/setting-types.ts'
import { settingTable } from '../config/settings.ts'
import { outputWidth, print, printError, terminalPaint } from './output.ts'
import { formatSettings } from './settings-view.ts'

/** One setting as it is in effect. */
export interface SettingInEffect {
  readonly variable: string
  readonly value: unknown
  readonly default: unknown
  /** The value is not the default. */
  readonly changed: boolean
  readonly from: 'default' | 'environment' | 'env file'
  readonly unit: string | null
  /** What is wanted, as the end of the sentence "expected …". */
  readonly wanted: string
  readonly doc: string
}

/** `offloop settings` */
export function addSettingsCommand(program: Command): void {
  program
    .command('settings')
    .summary('every setting, and its value here')
    .description(
      'Lists every setting with the value that a primary started in this shell would use. Does not ask a running one: offloop status --json has what that one was started with. Secrets read [set].',
    )
    .option('--env-file <file>', 'a file with more settings (OFFLOOP_ENV_FILE); the environment wins over it')
    .option('--json', 'print them as JSON')
    .action((options: { readonly envFile?: string; readonly json?: true }) => {
      const own = options.envFile ? { ...process.env, OFFLOOP_ENV_FILE: options.envFile } : process.env
      const environment = withEnvFile(own)
      const settings = settingsInEffect(own, environment)
      for (const warning of unknownVariableWarnings(environment)) printError(warning)
      print(
        options.json ? JSON.stringify({ settings }) : formatSettings(settings, outputWidth(), terminalPaint),
      )
    })
}

/**
 * Every row of the settings table with its value.
 *
 * @param own the variables of the process alone
 * @param environment those of the env file beneath them
 * @throws {ConfigError} for the first variable that cannot be used
 */
export function settingsInEffect(own: Environment, environment: Environment): SettingInEffect[] {
  const config: Readonly<Record<string, unknown>> = loadConfig(environment)
  const defaults: Readonly<Record<string, unknown>> = loadConfig({})
  return Object.entries<Setting<unknown>>(settingTable).map(([name, setting]) => {
    const { variable, unit, wanted, doc } = setting
    const changed = config[name] !== defaults[name]
    return {
      variable,
      value: changed && isSecret(setting) ? '[set]' : config[name],
      default: defaults[name],
      changed,
      from: sourceOf(variable, own, environment),
      unit: unit ?? null,
      wanted,
      doc,
    }
  })
}

function isSecret({ secret }: Setting<unknown>): boolean {
  return secret === true
}

/** An empty variable counts as not set. One of the process hides that of the file even so. */
function sourceOf(variable: string, own: Environment, environment: Environment): SettingInEffect['from'] {
  if (!environment[variable]?.trim()) return 'default'
  return own[variable] === undefined ? 'env file' : 'environment'
}
