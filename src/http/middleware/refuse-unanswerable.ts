import type { RequestHandler } from 'express'
import { ProblemError } from '../../errors.ts'

/**
 * Requests that HTTP itself forbids to serve. Node would refuse them without a word in the log, and
 * without a body.
 */
export const refuseUnanswerable: RequestHandler = (request, _response, next) => {
  const { httpVersion, headers } = request
  if (httpVersion === '1.1' && headers.host === undefined) {
    throw new ProblemError('REQUEST_MALFORMED', 'Cannot serve a request of HTTP/1.1 without a Host header', {
      headers: { Connection: 'close' },
    })
  }
  if (headers.expect !== undefined && !/^100-continue$/i.test(headers.expect)) {
    throw new ProblemError(
      'EXPECTATION_FAILED',
      `Cannot meet Expect: ${JSON.stringify(headers.expect)}: expected 100-continue`,
    )
  }
  next()
}
