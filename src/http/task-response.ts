import type { ServerResponse } from 'node:http'
import type { TaskSucceeded } from '../protocol/thread-messages.ts'

/**
 * Bytes that are written at once. How far a client is with a single large write cannot be seen, and
 * whoever reads too slowly is to be seen (`slow-readers.ts`).
 */
const PART_BYTES = 256 * 1024

/** Sends what a task answered: bytes that a thread made, untouched. */
export function sendTaskAnswer(response: ServerResponse, { contentType, body }: TaskSucceeded): void {
  response.statusCode = 200
  response.setHeader('Content-Type', contentType)
  response.setHeader('Content-Length', body.byteLength)
  response.setHeader('Cache-Control', 'no-store')
  sendParts(response, Buffer.from(body))
}

/** The next part when the one before is with the kernel. Where the connection closes, none is. */
function sendParts(response: ServerResponse, bytes: Buffer): void {
  if (bytes.length <= PART_BYTES) {
    response.end(bytes)
    return
  }
  response.write(bytes.subarray(0, PART_BYTES), (error) => {
    if (!error) sendParts(response, bytes.subarray(PART_BYTES))
  })
}
