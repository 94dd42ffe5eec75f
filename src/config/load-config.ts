import { closest } from 'fastest-levenshtein'
import { availableCores } from './available-cores.ts'
import type { Setting } from './setting-types.ts'
import { type Config, settingTable } from './settings.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** A setting that cannot be used. Its message names the variable, the value and what was wanted. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/**
 * Reads the settings from an environment. An empty variable counts as not set, as Compose files and
 * PM2 write them.
 *
 * @throws {ConfigError} for the first variable that cannot be used
 */
export function loadConfig(environment: Environment, cores: () => number = availableCores): Config {
  const entries = Object.entries<Setting<unknown>>(settingTable).map(([name, setting]) => [
    name,
    readSetting(setting, environment[setting.variable], cores),
  ])
  const config = Object.freeze(Object.fromEntries(entries)) as Config
  checkTogether(config)
  return config
}

/** One sentence for each `OFFLOOP_…` variable that no setting knows, with the nearest name that one does. */
export function unknownVariableWarnings(environment: Environment): string[] {
  const known = Object.values(settingTable).map((setting) => setting.variable)
  const unknown = Object.keys(environment).filter(
    (name) =>
      name.startsWith('OFFLOOP_') && !known.includes(name as never) && !INTERNAL_VARIABLES.includes(name),
  )
  return unknown.map(
    (name) => `Ignoring ${name}: there is no such setting, did you mean ${closest(name, known)}?`,
  )
}

/** Tells an HTTP process its slot. Set by the primary when it forks, never by a person. */
export const SLOT_VARIABLE = 'OFFLOOP_SLOT'

/** The same for its seat on the board of the cluster (`protocol/cluster-board.ts`). */
export const SEAT_VARIABLE = 'OFFLOOP_SEAT'

/** The same for what the processes of one cluster know each other by. */
export const CLUSTER_KEY_VARIABLE = 'OFFLOOP_CLUSTER_KEY'

const INTERNAL_VARIABLES: readonly string[] = [SLOT_VARIABLE, SEAT_VARIABLE, CLUSTER_KEY_VARIABLE]

/** What no row of the table can say by itself: pairs of which the first may not exceed the second. */
const ORDERED = [
  ['headersTimeoutMs', 'requestTimeoutMs'],
  ['minReady', 'processes'],
] as const

function checkTogether(config: Config): void {
  for (const [lesser, greater] of ORDERED) {
    if (config[lesser] <= config[greater]) continue
    throw new ConfigError(
      `Cannot use ${settingTable[lesser].variable}: expected at most ${settingTable[greater].variable}, which is ${config[greater]}, got "${config[lesser]}"`,
    )
  }
}

function readSetting(setting: Setting<unknown>, raw: string | undefined, cores: () => number): unknown {
  const value = raw?.trim() ?? ''
  if (value === '') return setting.default === 'cores' ? cores() : setting.default
  const parsed = setting.parse(value)
  if (parsed === undefined) {
    const got = setting.secret ? 'something else' : JSON.stringify(value)
    throw new ConfigError(`Cannot use ${setting.variable}: expected ${setting.wanted}, got ${got}`)
  }
  return parsed
}
