import type { IncomingMessage } from 'node:http'
import { settingTable } from '../config/settings.ts'
import { ProblemError } from '../errors.ts'
import type { LogLevelRequest } from '../protocol/operators-api.ts'
import { type ControlBody, readControlBody } from './control-body.ts'

/**
 * The body of `POST /log-level`.
 *
 * @throws {ProblemError} `LOG_LEVEL_INVALID`
 */
export async function readLogLevelRequest(request: IncomingMessage): Promise<LogLevelRequest> {
  const { members, got } = await readControlBody(request)
  const level = levelOf(members)
  if (level !== undefined) return { level }
  throw new ProblemError(
    'LOG_LEVEL_INVALID',
    `Cannot set the log level: expected JSON like {"level": "debug"} with ${settingTable.logLevel.wanted}, got ${got}`,
  )
}

/** Undefined where it is not one, or does not stand alone. */
function levelOf(members: ControlBody['members']): LogLevelRequest['level'] | undefined {
  const { level, ...others } = members ?? {}
  if (typeof level !== 'string' || Object.keys(others).length > 0) return undefined
  return settingTable.logLevel.parse(level)
}
