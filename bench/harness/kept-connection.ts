import { Agent, type ClientRequest, request } from 'node:http'

/** One request, with a body of any size and kind. */
export interface Ask {
  readonly method: 'GET' | 'POST'
  /** With its query. */
  readonly path: string
  readonly contentType?: string
  readonly body?: Uint8Array
}

export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly body: Buffer
}

const TIMEOUT_MS = 30_000

/** One client: a connection that is kept, one request at a time. */
export class KeptConnection {
  readonly #url: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })

  constructor(url: string) {
    this.#url = url
  }

  /** @throws where no complete answer comes */
  async ask(ask: Ask): Promise<Answer> {
    const outgoing = this.#begin(ask)
    return new Promise((resolve, reject) => {
      outgoing.on('timeout', () => outgoing.destroy(new Error(`No answer within ${TIMEOUT_MS} ms`)))
      outgoing.on('error', reject)
      outgoing.on('response', (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const { statusCode: status = 0, headers } = response
          resolve({ status, contentType: headers['content-type'] ?? '', body: Buffer.concat(chunks) })
        })
      })
    })
  }

  /** Sends a request whole and hangs up after a while. Tells whether that was before an answer began. */
  async hangUpOn(ask: Ask, afterMs: number): Promise<boolean> {
    const outgoing = this.#begin(ask)
    return new Promise((resolve, reject) => {
      let answered = false
      outgoing.on('response', (response) => {
        answered = true
        response.resume()
        response.on('error', () => {})
      })
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        // What destroy() gives is ours.
        if (!outgoing.destroyed) reject(error)
      })
      let timer: NodeJS.Timeout | undefined
      outgoing.on('finish', () => {
        timer = setTimeout(() => outgoing.destroy(), afterMs)
      })
      outgoing.on('close', () => {
        clearTimeout(timer)
        resolve(!answered)
      })
    })
  }

  close(): void {
    this.#agent.destroy()
  }

  #begin({ method, path, contentType, body }: Ask): ClientRequest {
    const outgoing = request(this.#url + path, {
      method,
      agent: this.#agent,
      timeout: TIMEOUT_MS,
      headers: {
        ...(contentType !== undefined && { 'Content-Type': contentType }),
        ...(body && { 'Content-Length': body.length }),
      },
    })
    outgoing.end(body)
    return outgoing
  }
}
