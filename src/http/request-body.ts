import type { IncomingMessage, ServerResponse } from 'node:http'
import { ProblemError } from '../errors.ts'
import { watchBodyRate } from './body-rate.ts'
import type { MinRate } from './byte-rate.ts'

/**
 * By how much a buffer grows for a body whose length the client did not name. Not doubled: to cut off
 * what is too much fills it with zeros first, which took 8 ms for 12 MB.
 */
const GROWTH_BYTES = 256 * 1024

/**
 * What one body may take of a turn of the event loop. Node reads up to 2 MB of a connection before it looks at the
 * next one, and a few clients that send much would hold up everybody else for milliseconds.
 */
const TURN_BYTES = 128 * 1024

export interface BodyLimits {
  /** A longer body is refused as soon as that is known; the rest is left unread. */
  readonly maxBytes: number
  readonly minRate: MinRate
  /** Called with the length of each part that has arrived; what it throws ends the reading. */
  readonly onBytes: (bytes: number) => void
}

/**
 * Reads a request's body into one ArrayBuffer that holds nothing else, so that it can be handed to a
 * thread without a copy. Nothing looks at the bytes.
 *
 * With a Content-Length the buffer has that size from the start: memory that the system provides
 * page by page as bytes arrive, so a client that announces much and sends little costs little. Without one
 * the buffer grows in place (a resizable ArrayBuffer), which moves no bytes either.
 *
 * @throws {ProblemError} `BODY_TOO_LARGE`, and `REQUEST_TIMEOUT` where it comes too slowly
 * @throws {ClientGoneError} where the connection ends before the body does
 */
export async function readRequestBody(
  request: IncomingMessage,
  response: ServerResponse,
  limits: BodyLimits,
): Promise<ArrayBuffer> {
  const { maxBytes } = limits
  const length = contentLength(request)
  const body =
    length === undefined
      ? new ArrayBuffer(Math.min(GROWTH_BYTES, maxBytes), { maxByteLength: maxBytes })
      : new ArrayBuffer(Math.min(length, maxBytes))
  const received = await receive(body, request, response, limits)
  if (body.resizable) body.resize(received)
  return body
}

/** The same into shared memory, for input that is kept while a thread works on it. */
export async function readSharedRequestBody(
  request: IncomingMessage,
  response: ServerResponse,
  limits: BodyLimits,
): Promise<SharedArrayBuffer> {
  const { maxBytes } = limits
  const length = contentLength(request)
  const body =
    length === undefined
      ? new SharedArrayBuffer(0, { maxByteLength: maxBytes })
      : new SharedArrayBuffer(Math.min(length, maxBytes))
  await receive(body, request, response, limits)
  return body
}

type Body = ArrayBuffer | SharedArrayBuffer

/**
 * Reads a message that announces its length, whoever sent it, into one ArrayBuffer of that size.
 *
 * @throws as {@link readRequestBody} does
 */
export async function readMessage(message: IncomingMessage, limits: BodyLimits): Promise<ArrayBuffer> {
  const body = new ArrayBuffer(Math.min(contentLength(message) ?? 0, limits.maxBytes))
  await receiveInto(body, message, limits)
  return body
}

/** @returns the number of bytes received */
function receive(
  body: Body,
  request: IncomingMessage,
  response: ServerResponse,
  limits: BodyLimits,
): Promise<number> {
  assertBodyFits(request, limits.maxBytes)
  if (request.headers.expect !== undefined) {
    response.writeContinue()
    // Met: whoever looks from now on must not think that the client still waits.
    delete request.headers.expect
  }
  return receiveInto(body, request, limits)
}

/** @throws {ProblemError} `BODY_TOO_LARGE` where the Content-Length alone says so */
export function assertBodyFits(request: IncomingMessage, maxBytes: number): void {
  const length = contentLength(request)
  if (length !== undefined && length > maxBytes) throw tooLarge(maxBytes, `announced are ${length}`)
}

/** Whether the request has a body at all (RFC 9112, 6.3). */
export function hasBody(request: IncomingMessage): boolean {
  return request.headers['transfer-encoding'] !== undefined || (contentLength(request) ?? 0) > 0
}

/** Bytes that the body will have, 0 where the client does not say. */
export function announcedLength(request: IncomingMessage): number {
  return contentLength(request) ?? 0
}

/** The client closed the connection before it had its answer; nobody is left to tell. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError'
}

/** Node's parser has checked that it is a number, and delivers just as many bytes. */
function contentLength({ headers }: IncomingMessage): number | undefined {
  const value = headers['content-length']
  return value === undefined ? undefined : Number(value)
}

/** @returns the number of bytes received */
function receiveInto(
  body: Body,
  request: IncomingMessage,
  { onBytes, minRate }: BodyLimits,
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const bytes = new Uint8Array(body)
  const limit = body.maxByteLength
  let received = 0
  let ofTurn = 0
  let nextTurn: NodeJS.Immediate | undefined
  const letOthers = () => {
    request.pause()
    nextTurn = setImmediate(() => {
      ofTurn = 0
      nextTurn = undefined
      request.resume()
    })
  }
  const onData = (chunk: Buffer) => {
    const end = received + chunk.length
    if (end > limit) return fail(tooLarge(limit, 'it has more'))
    try {
      onBytes(chunk.length)
    } catch (error) {
      return fail(error)
    }
    if (end > body.byteLength) growTo(body, end, limit)
    bytes.set(chunk, received)
    received = end
    ofTurn += chunk.length
    free(chunk)
    if (ofTurn >= TURN_BYTES && end < limit) letOthers()
  }
  const onEnd = () => settle(() => resolve(received))
  const onClose = () => fail(new ClientGoneError('The connection closed within the body'))
  const fail = (error: unknown) =>
    settle(() => {
      // Its memory is free now, not when the garbage collector comes to it.
      if (body instanceof ArrayBuffer) body.transferToFixedLength(0)
      reject(error)
    })
  const stopWatch = watchBodyRate(request, minRate, () => received, fail)
  const settle = (how: () => void) => {
    stopWatch()
    clearImmediate(nextTurn)
    request.pause().off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose)
    how()
  }
  request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose)
  return promise
}

/** Shared memory cannot be cut off again, so it never has more than it needs. */
function growTo(body: Body, bytes: number, limit: number): void {
  if (body instanceof SharedArrayBuffer) body.grow(bytes)
  else body.resize(Math.min(limit, bytes + GROWTH_BYTES))
}

/**
 * Gives a chunk's memory back at once. Left to the garbage collector, the chunks of large bodies make
 * it mark the whole heap every 20 MB or so, on the event loop, in steps of up to 12 ms (measured).
 */
function free({ buffer, byteLength }: Buffer): void {
  // Node's parser makes each chunk an ArrayBuffer of its own; one that is shared is left alone.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0)
}

function tooLarge(maxBytes: number, what: string): ProblemError {
  return new ProblemError(
    'BODY_TOO_LARGE',
    `Cannot take the body: expected at most ${maxBytes} bytes, ${what}`,
    {
      details: { maxBytes },
    },
  )
}
