import type { IncomingMessage } from 'node:http'
import { settingTable } from '../config/settings.ts'
import { ProblemError } from '../errors.ts'
import type { ScaleRequest } from '../protocol/operators-api.ts'
import { readControlBody } from './control-body.ts'

/**
 * The body of `POST /scale`.
 *
 * @throws {ProblemError} `SCALE_INVALID`
 */
export async function readScaleRequest(request: IncomingMessage): Promise<ScaleRequest> {
  const { members, got } = await readControlBody(request)
  const processes = members?.processes
  const parsed = Number.isInteger(processes) ? settingTable.processes.parse(String(processes)) : undefined
  if (parsed !== undefined) return { processes: parsed }
  throw new ProblemError(
    'SCALE_INVALID',
    `Cannot scale: expected JSON like {"processes": 4} with ${settingTable.processes.wanted}, got ${got}`,
  )
}
