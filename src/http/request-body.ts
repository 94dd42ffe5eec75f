import type { IncomingMessage, ServerResponse } from 'node:http'
import { ProblemError } from '../errors.ts'
import { type MinBodyRate, watchBodyRate } from './body-rate.ts'

/**
 * By how much a buffer grows for a body whose length the client did not name. Not doubled: to cut off
 * what is too much fills it with zeros first, which took 8 ms for 12 MB.
 */
const GROWTH_BYTES = 256 * 1024

export interface BodyLimits {
  /** A longer body is refused as soon as that is known; the rest is left unread. */
  readonly maxBytes: number
  readonly minRate: MinBodyRate
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
  assertBodyFits(request, maxBytes)
  if (request.headers.expect !== undefined) {
    response.writeContinue()
    // Met: whoever looks from now on must not think that the client still waits.
    delete request.headers.expect
  }
  const length = contentLength(request)
  const body =
    length === undefined
      ? new ArrayBuffer(Math.min(GROWTH_BYTES, maxBytes), { maxByteLength: maxBytes })
      : new ArrayBuffer(length)
  const received = await receiveInto(body, request, limits)
  if (body.resizable) body.resize(received)
  return body
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
  body: ArrayBuffer,
  request: IncomingMessage,
  { onBytes, minRate }: BodyLimits,
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const bytes = new Uint8Array(body)
  const limit = body.resizable ? body.maxByteLength : body.byteLength
  let received = 0
  const onData = (chunk: Buffer) => {
    const end = received + chunk.length
    if (end > limit) return fail(tooLarge(limit, 'it has more'))
    try {
      onBytes(chunk.length)
    } catch (error) {
      return fail(error)
    }
    if (end > body.byteLength) body.resize(Math.min(limit, end + GROWTH_BYTES))
    bytes.set(chunk, received)
    received = end
    free(chunk)
  }
  const onEnd = () => settle(() => resolve(received))
  const onClose = () => fail(new ClientGoneError('The connection closed within the body'))
  const fail = (error: unknown) =>
    settle(() => {
      // Its memory is free now, not when the garbage collector comes to it.
      body.transferToFixedLength(0)
      reject(error)
    })
  const stopWatch = watchBodyRate(request, minRate, () => received, fail)
  const settle = (how: () => void) => {
    stopWatch()
    request.pause().off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose)
    how()
  }
  request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose)
  return promise
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
