import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Config } from '../config/settings.ts'
import { packageVersion } from '../config/version.ts'
import { errorTable } from '../errors.ts'
import type { SlotStatus } from './slot.ts'

/** What operators may know of the cluster. */
export interface ClusterView {
  slots(): SlotStatus[]
}

/**
 * Starts the operators' server. It answers from the primary, so it answers when every HTTP process
 * is busy, hung or dead.
 *
 * @returns the server and the port it listens on
 */
export async function startOpsServer(
  config: Pick<Config, 'opsHost' | 'opsPort'>,
  view: ClusterView,
): Promise<{ server: Server; port: number }> {
  const server = createServer((request, response) => answer(request, response, view))
  server.listen({ port: config.opsPort, host: config.opsHost })
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}

function answer(request: IncomingMessage, response: ServerResponse, view: ClusterView): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD')
    sendError(response, 'METHOD_NOT_ALLOWED', `Cannot ${request.method} here: expected GET`)
    return
  }
  const { pathname } = new URL(request.url ?? '/', 'http://ops')
  const page = PAGES[pathname]
  if (page) send(response, ...page(view))
  else sendError(response, 'ROUTE_NOT_FOUND', `Expected one of ${Object.keys(PAGES).join(', ')}`)
}

type Page = (view: ClusterView) => [status: number, body: object]

const PAGES: Readonly<Record<string, Page>> = {
  '/livez': () => [200, { status: 'alive' }],
  '/readyz': (view) => {
    const readySlots = view.slots().filter(({ state }) => state === 'ready').length
    return readySlots > 0
      ? [200, { status: 'ready', readySlots }]
      : [503, { status: 'not ready', readySlots }]
  },
  '/status': (view) => [200, { ...FACTS, uptimeSeconds: Math.round(process.uptime()), slots: view.slots() }],
}

const FACTS = { version: packageVersion(), node: process.version, pid: process.pid }

function send(response: ServerResponse, status: number, body: object, type = 'application/json'): void {
  response.writeHead(status, { 'Content-Type': `${type}; charset=utf-8`, 'Cache-Control': 'no-store' })
  response.end(JSON.stringify(body))
}

function sendError(
  response: ServerResponse,
  code: 'METHOD_NOT_ALLOWED' | 'ROUTE_NOT_FOUND',
  detail: string,
): void {
  const { status, title } = errorTable[code]
  const problem = {
    type: `urn:offloop:error:${code}`,
    title,
    status,
    detail,
    code,
    success: false,
    error: detail,
  }
  send(response, status, problem, 'application/problem+json')
}
