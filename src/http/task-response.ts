import type { ServerResponse } from 'node:http'
import type { TaskSucceeded } from '../protocol/thread-messages.ts'

/**
 * Bytes that are written at once. How far a client is with a single large write cannot be seen, and
 * whoever reads too slowly is to be seen (`slow-readers.ts`).
 */
const PART_BYTES = 256 * 1024

/**
 * Up to here head and body go out as one string, which Node gives to the kernel in one piece. As a string and a buffer they
 * took 4 to 18 µs more, of 50 to 65 that a request took in all (Node 26.10, a bare `node:http` server).
 */
const ONE_WRITE_BYTES = 4096

/** Sends what a task answered: bytes that a thread made, untouched. */
export function sendTaskAnswer(response: ServerResponse, { contentType, body }: TaskSucceeded): void {
  response.statusCode = 200
  response.setHeader('Content-Type', contentType)
  response.setHeader('Content-Length', body.byteLength)
  response.setHeader('Cache-Control', 'no-store')
  const bytes = Buffer.from(body)
  // Latin-1 stands for each byte by itself.
  if (bytes.length <= ONE_WRITE_BYTES) response.end(bytes.toString('latin1'), 'latin1')
  else sendParts(response, bytes)
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
