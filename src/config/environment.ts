import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { ConfigError, type Environment } from './load-config.ts'
import { settingTable } from './settings.ts'

/**
 * The variables of a process, and those of the file that `OFFLOOP_ENV_FILE` names beneath them: what
 * stands in the environment wins, as with every reader of such files.
 *
 * @throws {ConfigError} where the file cannot be read
 */
export function withEnvFile(environment: Environment): Environment {
  return { ...envFileVariables(environment), ...environment }
}

function envFileVariables(environment: Environment): Environment {
  const { variable } = settingTable.envFile
  const file = environment[variable]?.trim()
  if (!file) return {}
  try {
    return parseEnv(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new ConfigError(
      `Cannot use ${variable}: expected a file that can be read, got "${file}" (${(error as Error).message})`,
    )
  }
}
