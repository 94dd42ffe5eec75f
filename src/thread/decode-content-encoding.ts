import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib'
import { TaskError } from '../tasks/task-error.ts'

const decoders = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
} as const

/**
 * Undoes the Content-Encoding of a body (RFC 9110, 8.4). Synchronous on purpose: zlib's asynchronous
 * functions run on libuv's pool, which all threads of the process share.
 *
 * @param maxBytes bound of the decompressed size, so that a small bomb stays small
 */
export function decodeContentEncoding(
  body: Uint8Array<ArrayBuffer>,
  contentEncoding: string | undefined,
  maxBytes: number,
): Uint8Array<ArrayBuffer> {
  const encoding = contentEncoding?.trim().toLowerCase() || 'identity'
  if (encoding === 'identity') return body
  if (!Object.hasOwn(decoders, encoding)) {
    throw new TaskError(
      'CONTENT_ENCODING_UNSUPPORTED',
      `Cannot decode Content-Encoding "${encoding}": expected one of gzip, deflate, br, zstd`,
    )
  }
  try {
    const decoded = decoders[encoding as keyof typeof decoders](body, { maxOutputLength: maxBytes })
    return new Uint8Array(decoded).slice()
  } catch (error) {
    throw decodingError(error, encoding, maxBytes)
  }
}

function decodingError(cause: unknown, encoding: string, maxBytes: number): TaskError {
  if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
    return new TaskError(
      'BODY_TOO_LARGE',
      `The ${encoding} body is larger than ${maxBytes} bytes when decompressed`,
      {
        details: { maxBytes },
      },
    )
  }
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new TaskError('BODY_ENCODING_INVALID', `The body is not valid ${encoding}: ${reason}`, { cause })
}
