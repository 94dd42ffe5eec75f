import type { IncomingMessage } from 'node:http'
import { settingTable } from '../config/settings.ts'
import { ProblemError } from '../errors.ts'
import type { ScaleRequest } from '../protocol/operators-api.ts'

/** More than any request of this kind needs. */
const MAX_BODY_BYTES = 1024

/**
 * The body of `POST /scale`.
 *
 * @throws {ProblemError} `SCALE_INVALID`
 */
export async function readScaleRequest(request: IncomingMessage): Promise<ScaleRequest> {
  const text = await bodyText(request)
  const processes = processesIn(text)
  if (processes !== undefined) return { processes }
  throw new ProblemError(
    'SCALE_INVALID',
    `Cannot scale: expected JSON like {"processes": 4} with ${settingTable.processes.wanted}, got ${JSON.stringify(text.slice(0, 100))}`,
  )
}

function processesIn(text: string): number | undefined {
  try {
    const { processes } = JSON.parse(text) as Partial<ScaleRequest>
    return Number.isInteger(processes) ? settingTable.processes.parse(String(processes)) : undefined
  } catch {
    return undefined
  }
}

async function bodyText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) break
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
