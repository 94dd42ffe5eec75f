import type { ServerResponse } from 'node:http'
import type { TaskSucceeded } from '../protocol/thread-messages.ts'

/** Sends what a task answered: bytes that a thread made, untouched. */
export function sendTaskAnswer(response: ServerResponse, { contentType, body }: TaskSucceeded): void {
  response.statusCode = 200
  response.setHeader('Content-Type', contentType)
  response.setHeader('Content-Length', body.byteLength)
  response.setHeader('Cache-Control', 'no-store')
  response.end(Buffer.from(body))
}
