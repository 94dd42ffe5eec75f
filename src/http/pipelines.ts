import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type Place, Roster } from '../roster.ts'
import { whenOver } from './when-over.ts'

/**
 * Requests of one connection that may have arrived without being begun. Node reads 64 KB and parses all
 * of it, whatever we say; only requests of less than 64 bytes each come to more.
 */
export const MOST_HELD = 1000

/** The same for all connections together: what a parsed request holds is some 2 KB. */
export const MOST_HELD_IN_ALL = 10_000

export interface PipelineOptions {
  /** Requests of one connection that are worked on at once. */
  readonly maxPipelined: number
  /** Told of each request before it is begun, and whether more may follow that have not been read. */
  readonly onArrival: (response: ServerResponse, moreMayFollow: boolean) => void
  /** Answers the one request that is too many; the connection has to close with it. */
  readonly refuse: (request: IncomingMessage, response: ServerResponse) => void
  /** Told that a connection was cut because others hold so much that nothing more can be held. */
  readonly onCut: (request: IncomingMessage) => void
}

/**
 * Clients may send requests without waiting for answers (pipelining). Node begins all of them at once and reads on
 * (Node 26.10: 100,000 on one connection). Here a few are worked on; the next one stops the reading
 * of its connection, so that a flood waits with its client, and is begun when one of them is answered.
 * While it is not read, a connection that its client has closed is noticed when an answer is written to it.
 */
export class Pipelines {
  readonly #options: PipelineOptions
  readonly #ofSocket = new WeakMap<Socket, Pipeline>()
  #held = 0

  constructor(options: PipelineOptions) {
    this.#options = options
  }

  /** Requests that have arrived and are not begun, of all connections. */
  get held(): number {
    return this.#held
  }

  /** @param serve begins the request: now, or when it is its turn, or not at all where the connection closes first */
  receive(request: IncomingMessage, response: ServerResponse, serve: () => void): void {
    const { socket } = request
    if (socket.destroyed) return
    const pipeline = this.#pipelineOf(socket)
    clearTimeout(pipeline.clock)
    const place = pipeline.unanswered.add(response)
    whenOver(response, () => this.#onAnswered(pipeline, place))
    const mayBegin =
      !pipeline.refused && pipeline.held.length === 0 && pipeline.begun <= this.#options.maxPipelined
    this.#options.onArrival(response, !mayBegin)
    if (mayBegin) serve()
    else this.#hold(pipeline, request, response, serve)
  }

  /**
   * Calls back once, when all requests that have arrived in full are answered: what is to be said of the bytes
   * behind them must not be taken for the answer to one of them.
   */
  afterAnswers(socket: Socket, callback: () => void): void {
    const pipeline = this.#pipelineOf(socket)
    pipeline.afterAnswers ??= callback
    pipeline.checkAnswered()
  }

  /**
   * A request that takes too long to arrive is excused where its connection is not read: its time begins
   * once more when it is.
   *
   * @param onOverdue called where it has not arrived by then either
   * @returns whether it is excused
   */
  excuse(socket: Socket, timeoutMs: number, onOverdue: () => void): boolean {
    const pipeline = this.#pipelineOf(socket)
    if (pipeline.held.length === 0) return false
    const last = [...pipeline.unanswered].at(-1)?.req
    const late = last?.complete === false ? last : undefined
    pipeline.onRead = () => {
      // What has begun and has no headers yet shows itself as the next request, which stops the clock.
      const check = () => late?.complete !== true && onOverdue()
      pipeline.clock = setTimeout(check, timeoutMs)
    }
    return true
  }

  #pipelineOf(socket: Socket): Pipeline {
    const known = this.#ofSocket.get(socket)
    if (known !== undefined) return known
    const pipeline = new Pipeline(socket)
    this.#ofSocket.set(socket, pipeline)
    socket.once('close', () => {
      clearTimeout(pipeline.clock)
      this.#held -= pipeline.held.length
      pipeline.held = []
      // Node has closed them by then, unless a CONNECT came behind them: then it forgets all but the first.
      setImmediate(() => pipeline.closeUnanswered())
    })
    // Node resumes reading after each message that it has parsed.
    socket.on('resume', () => pipeline.held.length > 0 && socket.pause())
    return pipeline
  }

  #hold(pipeline: Pipeline, request: IncomingMessage, response: ServerResponse, serve: () => void): void {
    if (this.#held >= MOST_HELD_IN_ALL) {
      this.#options.onCut(request)
      request.socket.destroy()
    } else if (pipeline.held.length === MOST_HELD && !pipeline.refused) {
      pipeline.refused = true
      this.#options.refuse(request, response)
    } else {
      // Behind the one that was refused the connection closes: nothing is begun any more.
      pipeline.held.push(pipeline.refused ? () => {} : serve)
      this.#held += 1
      request.socket.pause()
    }
  }

  #onAnswered(pipeline: Pipeline, place: Place<ServerResponse>): void {
    pipeline.unanswered.remove(place)
    pipeline.checkAnswered()
    if (pipeline.held.length === 0 || pipeline.turnIsComing) return
    // Not at once: a thousand quick answers in a row would hold up everybody else.
    pipeline.turnIsComing = true
    setImmediate(() => this.#beginHeld(pipeline))
  }

  #beginHeld(pipeline: Pipeline): void {
    pipeline.turnIsComing = false
    while (pipeline.held.length > 0 && pipeline.begun < this.#options.maxPipelined) {
      const serve = pipeline.held.shift()
      this.#held -= 1
      serve?.()
    }
    if (pipeline.held.length > 0) return
    pipeline.socket.resume()
    pipeline.onRead?.()
    pipeline.onRead = undefined
  }
}

/** What one connection has asked for and not been answered. */
class Pipeline {
  readonly socket: Socket
  /** In the order in which they came. */
  readonly unanswered = new Roster<ServerResponse>()
  /** What begins those of them that are not begun: the last ones. */
  held: (() => void)[] = []
  refused = false
  turnIsComing = false
  afterAnswers: (() => void) | undefined
  /** Called when the connection is read again. */
  onRead: (() => void) | undefined
  clock: NodeJS.Timeout | undefined
  #calledBack = false

  constructor(socket: Socket) {
    this.socket = socket
  }

  get begun(): number {
    return this.unanswered.size - this.held.length
  }

  checkAnswered(): void {
    if (this.afterAnswers === undefined || this.#calledBack) return
    // One that has not arrived in full never will: it is what the callback is about.
    if ([...this.unanswered].some(({ req }) => req.complete)) return
    this.#calledBack = true
    this.afterAnswers()
  }

  closeUnanswered(): void {
    for (const response of this.unanswered) response.destroy().emit('close')
  }
}
