import { createServer, type Server } from 'node:net'
import type { Config } from '../config/settings.ts'
import type { Logger } from '../observability/logger.ts'
import type { ConnectionHandle } from './held-connections.ts'

/** The listening socket below a server of node:net, which gives connections nobody has read from. */
interface ListeningHandle {
  onconnection: (error: number, handle: ConnectionHandle | undefined) => void
}

/** Listens on the application's port while no HTTP process does, so that clients wait for the next one instead of being refused. */
export class PortKeeper {
  onConnection: (handle: ConnectionHandle) => void = (handle) => handle.close()
  readonly #address: Pick<Config, 'host' | 'port'>
  readonly #log: Logger
  #server: Server | undefined

  /** @param address as it was resolved, so that the port is never 0 */
  constructor({ host, port }: Pick<Config, 'host' | 'port'>, log: Logger) {
    this.#address = { host, port }
    this.#log = log
  }

  /** Further calls change nothing. */
  open(): void {
    if (this.#server !== undefined) return
    const server = createServer()
    this.#server = server
    server.on('error', (error) => {
      this.#log.warn({ err: error }, 'cannot keep the port open while no HTTP process serves')
    })
    server.once('listening', () => {
      // As node:cluster does it (Node 26, `RoundRobinHandle`): a socket made of it could not be passed on as a connection that is new.
      const { _handle: listening } = server as unknown as { _handle: ListeningHandle }
      listening.onconnection = (_error, handle) => handle && this.onConnection(handle)
    })
    server.listen(this.#address)
  }

  /** At once: the port is free when this returns. Further calls change nothing. */
  close(): void {
    this.#server?.close()
    this.#server = undefined
  }
}
