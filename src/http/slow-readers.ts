import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { RequestHandler } from 'express'
import { type Place, Roster } from '../roster.ts'
import { ByteRate, LOOKS_A_WINDOW, type MinRate } from './byte-rate.ts'
import { factsOf } from './middleware/request-log.ts'
import { whenOver } from './when-over.ts'

/**
 * Much longer than for bodies, because less is seen: bytes count as taken once the kernel has them, and
 * a kernel whose buffer is full takes more only when a third of it has gone out.
 */
export const ANSWER_RATE_WINDOW_MS = 30_000

/** In the log line of an answer that was cut off; nobody is left who could be told. */
const READER_TOO_SLOW = 'READER_TOO_SLOW'

/**
 * Cuts connections whose clients take what they asked for too slowly, or not at all. No other limit does:
 * an answer that nobody reads would keep its memory for ever. The rate is that of the connection, so many
 * small answers do not add up to patience.
 */
export class SlowReaders {
  readonly #min: MinRate
  readonly #unanswered = new Roster<Unanswered>()
  readonly #rates = new WeakMap<Socket, ByteRate>()
  #timer: NodeJS.Timeout | undefined

  constructor(min: MinRate) {
    this.#min = min
  }

  /** To be used behind the request log, before everything that answers. */
  readonly middleware: RequestHandler = (_request, response, next) => {
    if (this.#min.bytesPerSecond > 0) {
      const place = this.#unanswered.add({ response, facts: factsOf(response) })
      whenOver(response, () => this.#forget(place))
      this.#timer ??= setInterval(() => this.#look(), this.#min.windowMs / LOOKS_A_WINDOW)
    }
    next()
  }

  #forget(place: Place<Unanswered>): void {
    this.#unanswered.remove(place)
    if (this.#unanswered.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #look(): void {
    const now = performance.now()
    for (const { response } of this.#unanswered) {
      // Of the answers on one connection only the one whose turn it is knows the socket.
      const { socket } = response
      if (socket && this.#isTooSlow(socket, now)) this.#cut(socket)
    }
  }

  #isTooSlow(socket: Socket, now: number): boolean {
    const taken = socket.bytesWritten - socket.writableLength
    const rate = this.#rates.get(socket) ?? new ByteRate(this.#min, now, taken)
    this.#rates.set(socket, rate)
    return rate.isTooSlow(now, taken, socket.writableLength === 0)
  }

  #cut(socket: Socket): void {
    for (const { response, facts } of this.#unanswered) {
      if (response.req.socket === socket) facts.code = READER_TOO_SLOW
    }
    // The kernel would go on offering what it has got of the answer, for minutes; a reset frees that as well.
    socket.resetAndDestroy()
  }
}

interface Unanswered {
  readonly response: ServerResponse
  /** Of the request; a log line will have what is added here. */
  readonly facts: { code?: string }
}
