import type { Attributes } from '@opentelemetry/api'
import type { Request, Response } from 'express'
import { factsOf, timelineOf, withoutSecrets } from '../middleware/request-log.ts'

/*
 * What is said of a request in its span, by OpenTelemetry's semantic conventions for HTTP (stable since 1.23).
 */

/** Others are called so, because a name must not be up to whoever sends a request. */
const OTHER_METHOD = '_OTHER'
const KNOWN_METHODS = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'QUERY',
  'TRACE',
])

/** @param route undefined while it is not known, and where there is none */
export function spanName(method: string, route?: string): string {
  const known = KNOWN_METHODS.has(method) ? method : 'HTTP'
  return route === undefined ? known : `${known} ${route}`
}

/** What is known when it arrives, and what samplers can decide by. */
export function requestAttributes(request: Request): Attributes {
  const { method, headers, socket, httpVersion } = request
  const [path = '', query = ''] = withoutSecrets(request.originalUrl).split(/\?(.*)/s, 2)
  const known = KNOWN_METHODS.has(method)
  return {
    'http.request.method': known ? method : OTHER_METHOD,
    ...(!known && { 'http.request.method_original': method }),
    'url.scheme': 'http',
    'url.path': path,
    ...(query !== '' && { 'url.query': query }),
    ...serverAttributes(headers.host),
    'network.protocol.version': httpVersion,
    ...(socket.remoteAddress !== undefined && { 'network.peer.address': socket.remoteAddress }),
    ...(socket.remotePort !== undefined && { 'network.peer.port': socket.remotePort }),
    ...(headers['user-agent'] !== undefined && { 'user_agent.original': headers['user-agent'] }),
  }
}

/** What is known when its answer is out, or the connection closed. */
export function answerAttributes(response: Response, route: string | undefined): Attributes {
  const { task, code, requestId, sibling } = factsOf(response)
  const { attempts } = timelineOf(response)
  return {
    ...(route !== undefined && { 'http.route': route }),
    ...(response.headersSent && { 'http.response.status_code': response.statusCode }),
    'offloop.request_id': requestId,
    ...(task !== undefined && { 'offloop.task': task }),
    ...(attempts > 0 && { 'offloop.attempts': attempts }),
    ...(sibling !== undefined && { 'offloop.sibling': sibling }),
    ...(code !== undefined && { 'offloop.error.code': code }),
  }
}

/** Why the request has failed. A caller's mistake is not a failure of the server; an answer that did not arrive is one. */
export function errorTypeOf(response: Response): string | undefined {
  const { code } = factsOf(response)
  if (!response.writableFinished) return code ?? 'CLIENT_GONE'
  return response.statusCode >= 500 ? (code ?? String(response.statusCode)) : undefined
}

/** By the Host header, which is what the client calls this server. */
function serverAttributes(host = ''): Attributes {
  const [, address, port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(host) ?? []
  return {
    ...(address && { 'server.address': address }),
    ...(port !== undefined && { 'server.port': Number(port) }),
  }
}
