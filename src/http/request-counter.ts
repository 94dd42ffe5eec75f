import type { IncomingMessage, Server, ServerResponse } from 'node:http'

/** Counts the requests of a server, those it has not answered yet apart. */
export class RequestCounter {
  #total = 0
  #inFlight = 0

  constructor(server: Server) {
    const count = (_request: IncomingMessage, response: ServerResponse) => {
      this.#total += 1
      this.#inFlight += 1
      response.once('close', () => {
        this.#inFlight -= 1
      })
    }
    for (const event of ['request', 'checkContinue', 'checkExpectation'] as const) {
      server.prependListener(event, count)
    }
  }

  get total(): number {
    return this.#total
  }

  get inFlight(): number {
    return this.#inFlight
  }
}
