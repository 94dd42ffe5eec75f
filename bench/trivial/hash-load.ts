import { sendSmallRequests } from '../harness/small-requests.ts'

export const CONNECTIONS = 16
/** V8 goes on compiling for that long: of one process of Offloop 275 functions in the first 10 s, 68 in the next, 10 in 30 more. */
export const WARM_UP_SECONDS = 20

const BODY = 'offloop'
/** SHA-256 of the body, as `sha256sum` prints it. */
const DIGEST = '3b51fadb186c8771e4249f9a98c0ae5d2fcbceb562265821b137d7f3a937db4b'

/** Has a server hash seven bytes again and again. @throws where an answer has another digest */
export function sendHashes(url: string, seconds: number) {
  const request = { contentType: 'application/octet-stream', body: BODY, expected: DIGEST }
  return sendSmallRequests({ url, ...request, connections: CONNECTIONS, seconds })
}
