import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { RequestHandler } from 'express'
import helmet from 'helmet'

/** helmet's headers, which are the same for every answer: it is asked once, and not for each. */
export function securityHeaders(): RequestHandler {
  const headers = headersOf(
    // Whether connections are secure is for the one who terminates TLS to say, so no Strict-Transport-Security.
    helmet({
      strictTransportSecurity: false,
      contentSecurityPolicy: {
        useDefaults: false,
        directives: { defaultSrc: ["'none'"], styleSrc: ["'unsafe-inline'"], frameAncestors: ["'none'"] },
      },
    }),
  )
  return function setSecurityHeaders(_request, response, next) {
    for (const [name, value] of headers) response.setHeader(name, value)
    next()
  }
}

/** What a middleware sets, with the names as it writes them. */
function headersOf(middleware: ReturnType<typeof helmet>): readonly (readonly [string, string])[] {
  const headers: [string, string][] = []
  class RecordingResponse extends ServerResponse {
    override setHeader(name: string, value: number | string | readonly string[]): this {
      headers.push([name, String(value)])
      return this
    }
  }
  const request = new IncomingMessage(new Socket())
  middleware(request, new RecordingResponse(request), (error) => {
    if (error) throw error
  })
  return headers
}
