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
  const processes = text === undefined ? undefined : processesIn(text)
  if (processes !== undefined) return { processes }
  const got = text === undefined ? `more than ${MAX_BODY_BYTES} bytes` : JSON.stringify(text.slice(0, 100))
  throw new ProblemError(
    'SCALE_INVALID',
    `Cannot scale: expected JSON like {"processes": 4} with ${settingTable.processes.wanted}, got ${got}`,
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

/** Undefined where it is too long. */
async function bodyText(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) break
    chunks.push(chunk)
  }
  if (bytes <= MAX_BODY_BYTES) return Buffer.concat(chunks).toString()
  // The rest goes nowhere, but while nobody takes it the connection stands still.
  request.resume()
  return undefined
}
