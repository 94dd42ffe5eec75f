import { availableCores } from './available-cores.ts'
import type { Setting } from './setting-types.ts'
import { type Config, settingTable } from './settings.ts'

type SettingName = keyof Config

/** The settings that differ from their defaults, by variable. Of secrets only that they are set. */
export function changedSettings(config: Config): Record<string, string | number> {
  const cores = availableCores()
  const changed = Object.entries<Setting<unknown>>(settingTable).flatMap(([name, setting]) => {
    const value = config[name as SettingName]
    const usual = setting.default === 'cores' ? cores : setting.default
    return value === usual ? [] : [[setting.variable, setting.secret ? '[set]' : plain(value)] as const]
  })
  return Object.fromEntries(changed)
}

function plain(value: Config[SettingName]): string | number {
  return typeof value === 'object' ? JSON.stringify(value) : value
}

/** What belongs to the primary for as long as it lives: a reload replaces processes, not sockets. */
const FIXED_UNTIL_RESTART = ['port', 'host', 'opsPort', 'opsHost', 'opsToken', 'accept', 'envFile'] as const

/** Variables whose new value cannot take effect by a reload. */
export function settingsThatNeedRestart(before: Config, after: Config): string[] {
  return FIXED_UNTIL_RESTART.filter((name) => before[name] !== after[name]).map(
    (name) => settingTable[name].variable,
  )
}
