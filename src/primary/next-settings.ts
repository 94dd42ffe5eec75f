import { settingsThatNeedRestart } from '../config/changed-settings.ts'
import type { Config } from '../config/settings.ts'
import { type Launch, readLaunch } from './launch.ts'

/** What a cluster runs with. */
export interface ClusterSettings {
  /** As the settings say, with port 0 and the like not resolved: what a reload compares with. */
  readonly configured: Config
  /** What processes are started with: everything is resolved that all of them share. */
  readonly launch: Launch
}

/** The settings as they are by now, or why a running cluster cannot take them. */
export function nextSettings(
  { configured: before, launch: { config } }: ClusterSettings,
  read: () => Launch = readLaunch,
): ClusterSettings | string {
  try {
    const { config: configured, environment } = read()
    const fixed = settingsThatNeedRestart(before, configured)
    if (fixed.length > 0) return `Cannot change ${fixed.join(', ')} by a reload: expected a restart`
    const { port, accept } = config
    return { configured, launch: { environment, config: { ...configured, port, accept } } }
  } catch (error) {
    return (error as Error).message
  }
}
