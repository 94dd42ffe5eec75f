import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { BlockList } from 'node:net'
import { ProblemError } from '../errors.ts'

/**
 * Lets those through who may change the cluster: who has the token, or, where none is set, who is on
 * this machine.
 *
 * @param boundAddress the address that the operators' server listens on
 * @param token empty where none is set
 * @throws {ProblemError} `OPS_TOKEN_INVALID`, `CONTROL_REFUSED`
 */
export function assertMayControl(request: IncomingMessage, boundAddress: string, token: string): void {
  // Browsers send an origin with every POST: a page that somebody on this machine looks at is not an operator.
  if (request.headers.origin !== undefined) {
    throw new ProblemError('CONTROL_REFUSED', 'Cannot take control requests from a web page')
  }
  if (token === '') {
    if (isLoopback(boundAddress)) return
    throw new ProblemError(
      'CONTROL_REFUSED',
      `Cannot take control requests on ${boundAddress}, which is not loopback: expected OFFLOOP_OPS_TOKEN to be set`,
    )
  }
  if (sameText(bearerToken(request), token)) return
  throw new ProblemError(
    'OPS_TOKEN_INVALID',
    'Expected "Authorization: Bearer" with the value of OFFLOOP_OPS_TOKEN',
    { headers: { 'WWW-Authenticate': 'Bearer realm="offloop"' } },
  )
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

export function isLoopback(address: string): boolean {
  return loopback.check(address, address.includes(':') ? 'ipv6' : 'ipv4')
}

function bearerToken({ headers }: IncomingMessage): string {
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? ''
}

/** In a time that tells neither how much is right nor how long the secret is. */
function sameText(given: string, secret: string): boolean {
  return timingSafeEqual(digest(given), digest(secret))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
