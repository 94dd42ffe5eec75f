import { TaskError } from '../tasks/task-error.ts'

/** Parses UTF-8 JSON (RFC 8259). Bytes that are not UTF-8 are refused, not replaced. */
export function decodeJson(body: Uint8Array<ArrayBuffer>): unknown {
  try {
    return JSON.parse(decodeUtf8(body))
  } catch (error) {
    throw error instanceof SyntaxError
      ? new TaskError('JSON_INVALID', `The body is not valid JSON: ${error.message}`, { cause: error })
      : error
  }
}

function decodeUtf8(body: Uint8Array<ArrayBuffer>): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch (cause) {
    throw new TaskError('JSON_INVALID', 'The body is not valid UTF-8', { cause })
  }
}
