import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { whenOver } from './when-over.ts'

/** Counts the requests of a server, those it has not answered yet apart, and its open connections. */
export class TrafficCounter {
  #total = 0
  #inFlight = 0
  #connections = 0

  constructor(server: Server) {
    const count = (_request: IncomingMessage, response: ServerResponse) => {
      this.#total += 1
      this.#inFlight += 1
      whenOver(response, () => {
        this.#inFlight -= 1
      })
    }
    for (const event of ['request', 'checkContinue', 'checkExpectation'] as const) {
      server.prependListener(event, count)
    }
    server.prependListener('connection', (socket: Socket) => {
      this.#connections += 1
      socket.once('close', () => {
        this.#connections -= 1
      })
    })
  }

  get requests(): { readonly total: number; readonly inFlight: number } {
    return { total: this.#total, inFlight: this.#inFlight }
  }

  /** Those included that are refused and about to close. */
  get connections(): number {
    return this.#connections
  }
}
