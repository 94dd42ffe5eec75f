import { once } from 'node:events'
import type { Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { loadConfig } from '../../src/config/load-config.ts'
import { createHttpServer, type ServerConfig } from '../../src/http/server.ts'
import { socketClosed } from './socket-closed.ts'
import type { TestApp } from './test-app.ts'
import { until } from './until.ts'

/** The server of an HTTP process around a test's application, listening on loopback. */
export class TestServer implements AsyncDisposable {
  readonly server: Server
  readonly #clients = new Set<RawClient>()

  static async start(
    testApp: Pick<TestApp, 'app' | 'draining' | 'log' | 'meters'>,
    limits: Partial<ServerConfig> = {},
  ): Promise<TestServer> {
    const server = createHttpServer(testApp.app, { ...loadConfig({}), ...limits }, testApp)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new TestServer(server)
  }

  constructor(server: Server) {
    this.server = server
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port
  }

  /** A client that has sent this, from one of the addresses of this machine. */
  open(sent: string | Buffer = '', localAddress = '127.0.0.1'): RawClient {
    const client = new RawClient(connect({ port: this.port, host: '127.0.0.1', localAddress }))
    this.#clients.add(client)
    if (sent.length > 0) client.socket.write(sent)
    return client
  }

  closeClients(): void {
    for (const { socket } of this.#clients) socket.destroy()
    this.#clients.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closeClients()
    const closed = once(this.server, 'close')
    this.server.close()
    this.server.closeAllConnections()
    await closed
  }
}

const STATUS_LINE = /HTTP\/1\.1 (\d{3}) /g
const STATUS_LINE_LENGTH = 'HTTP/1.1 200 '.length

/** One end of a connection, byte by byte: an HTTP client would hide when and why a connection ends. */
export class RawClient {
  readonly socket: Socket
  readonly closed: Promise<void>
  received = ''
  readonly #statuses: number[] = []
  /** What came last, where a status line may have begun. */
  #unfinished = ''

  constructor(socket: Socket) {
    this.socket = socket
    this.closed = socketClosed(socket)
    socket.setEncoding('latin1').on('data', (data: string) => {
      this.received += data
      this.#noteStatuses(data)
    })
  }

  /** The statuses of what has been answered so far, in order. */
  get statuses(): number[] {
    return [...this.#statuses]
  }

  async answers(count: number): Promise<number[]> {
    await until(`${count} answers`, () => this.#statuses.length >= count)
    return this.statuses
  }

  /** All that came until the server closed the connection. */
  async end(): Promise<string> {
    await this.closed
    return this.received
  }

  /** As they come: to look through all that was received again and again takes long where that is much. */
  #noteStatuses(data: string): void {
    const text = this.#unfinished + data
    let end = 0
    for (const { 0: line, 1: status, index } of text.matchAll(STATUS_LINE)) {
      this.#statuses.push(Number(status))
      end = index + line.length
    }
    this.#unfinished = text.slice(Math.max(end, text.length - STATUS_LINE_LENGTH + 1))
  }
}
