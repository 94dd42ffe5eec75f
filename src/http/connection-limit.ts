import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Config } from '../config/settings.ts'
import type { ErrorCode } from '../errors.ts'
import { endWithProblem } from './raw-problem.ts'

/** As many refused connections may wait for their clients to read why; further ones are cut at once. */
const MOST_LINGERING = 100

/**
 * Bounds the connections of a server, and those of one address; 0 for no bound. One too many is
 * told so and closed, and no HTTP parser sees it. To be called before the server listens.
 *
 * Not `server.maxConnections`: with node:cluster a full process hands a connection back, and where all
 * are full the primary hands it round for as long as they stay so, also when its client has long gone
 * (Node 26.10: 13,000 times a second, for half a core). With `dropMaxConnection` it is closed without a word.
 */
export function limitConnections(
  server: Server,
  { maxConnections, maxConnectionsPerAddress }: Pick<Config, 'maxConnections' | 'maxConnectionsPerAddress'>,
  onRefused: (code: ErrorCode) => void = () => {},
): void {
  const served = new Set<Socket>()
  const ofAddress = new Map<string, number>()
  const lingering = new Set<Socket>()

  const admit = (socket: Socket): void => {
    const network = networkOf(socket.remoteAddress ?? '')
    const count = ofAddress.get(network) ?? 0
    if (maxConnections > 0 && served.size >= maxConnections) {
      refuse(socket, 'CONNECTIONS_FULL', `${served.size} connections are open, as many as may be`)
    } else if (maxConnectionsPerAddress > 0 && count >= maxConnectionsPerAddress) {
      refuse(socket, 'TOO_MANY_CONNECTIONS', `${count} connections of ${network} are open, as many as may be`)
    } else {
      served.add(socket)
      ofAddress.set(network, count + 1)
      socket.once('close', () => leave(socket, network))
      for (const serve of listeners) serve.call(server, socket)
    }
  }
  const leave = (socket: Socket, network: string): void => {
    served.delete(socket)
    const count = ofAddress.get(network) ?? 0
    if (count > 1) ofAddress.set(network, count - 1)
    else ofAddress.delete(network)
  }
  const refuse = (
    socket: Socket,
    code: 'CONNECTIONS_FULL' | 'TOO_MANY_CONNECTIONS',
    detail: string,
  ): void => {
    onRefused(code)
    if (lingering.size >= MOST_LINGERING) {
      socket.destroy()
      return
    }
    lingering.add(socket)
    socket.once('close', () => lingering.delete(socket)).on('error', () => {})
    // What it sends is thrown away: bytes that nobody has read make the kernel reset the connection.
    socket.resume()
    endWithProblem(socket, code, { detail, headers: ['Retry-After: 1'] })
  }

  // The one listener that there is so far is Node's own, which gives the connection its HTTP parser.
  const listeners = server.listeners('connection')
  server.removeAllListeners('connection').on('connection', admit)
}

/** An IPv4 address; of an IPv6 address the first half, because a client has the other half to itself. */
export function networkOf(address: string): string {
  const v4 = /^(?:::ffff:)?(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1]
  if (v4 !== undefined || !address.includes(':')) return v4 ?? address
  const [head = '', tail] = address.replace(/%.*/, '').split('::')
  const before = head.split(':').filter(Boolean)
  const after = tail?.split(':').filter(Boolean) ?? []
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0')
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`
}
