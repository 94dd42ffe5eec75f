import { createHash, type Hash } from 'node:crypto'
import type { TaskRequest } from '../protocol/thread-messages.ts'

/** Everything that a task can see of a request, but for what names this one alone: its id and its trace. */
export type TaskInput = Pick<
  TaskRequest,
  'task' | 'query' | 'contentType' | 'contentEncoding' | 'accept' | 'body'
>

const HEX_DIGITS = 32

/** Of a form with more, the rest counts as one: a boundary of one letter could stand millions of times in a body. */
const MOST_PARTS = 100

/**
 * Names an input: the first 128 bits of a SHA-256, the same for two requests that a task cannot tell
 * apart. SHA-256 because nobody may be able to make an input that is taken for somebody else's, and
 * because processors have instructions for it.
 */
export function fingerprintOf({
  task,
  query,
  contentType,
  contentEncoding,
  accept,
  body,
}: TaskInput): string {
  const hash = createHash('sha256')
  const bytes = Buffer.from(body)
  const boundary = contentEncoding === undefined ? boundaryOf(contentType) : undefined
  const lengths = boundary === undefined ? updateWhole(hash, bytes) : updateParts(hash, bytes, boundary)
  const type = boundary === undefined ? contentType : FORM
  hash.update(JSON.stringify([task, query, type, contentEncoding, accept, lengths]))
  return hash.digest('hex').slice(0, HEX_DIGITS)
}

const FORM = 'multipart/form-data'

/** What separates the parts of a form. Clients draw a new one each time, also when they send the same again. */
function boundaryOf(contentType = ''): string | undefined {
  const [, quoted, bare] =
    /^multipart\/form-data;.*?\bboundary=(?:"([^"]+)"|([^";\s]+))/i.exec(contentType) ?? []
  return quoted ?? bare
}

function updateWhole(hash: Hash, bytes: Buffer): number[] {
  hash.update(bytes)
  return [bytes.length]
}

/** @returns the lengths of the parts: where one ends is not to be seen in the sum of their bytes */
function updateParts(hash: Hash, bytes: Buffer, boundary: string): number[] {
  const lengths: number[] = []
  let from = 0
  while (lengths.length < MOST_PARTS) {
    const at = bytes.indexOf(boundary, from, 'latin1')
    if (at === -1) break
    hash.update(bytes.subarray(from, at))
    lengths.push(at - from)
    from = at + boundary.length
  }
  return [...lengths, ...updateWhole(hash, bytes.subarray(from))]
}
