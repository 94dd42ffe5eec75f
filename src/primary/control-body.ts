import type { IncomingMessage } from 'node:http'

/** More than any control request needs. */
const MAX_BODY_BYTES = 1024

export interface ControlBody {
  /** The members, where it is a JSON object. */
  readonly members: Readonly<Record<string, unknown>> | undefined
  /** What came, short enough to be told. */
  readonly got: string
}

/** The body of a request to the operators' server, and what to say of one that cannot be used. */
export async function readControlBody(request: IncomingMessage): Promise<ControlBody> {
  const text = await bodyText(request)
  if (text === undefined) return { members: undefined, got: `more than ${MAX_BODY_BYTES} bytes` }
  return { members: membersIn(text), got: JSON.stringify(text.slice(0, 100)) }
}

function membersIn(text: string): ControlBody['members'] {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
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
