import { createHash } from 'node:crypto'
import { z } from 'zod'
import { bytes, defineTask } from '../src/index.ts'

/** Bytes hashed between two looks at the abort flag: about 2 ms of SHA-256. */
const CHUNK_BYTES = 1024 * 1024

export default defineTask({
  description: 'A cryptographic digest of the body, in hexadecimal.',
  input: bytes('*/*'),
  parameters: z.strictObject({
    algorithm: z.enum(['sha256', 'sha512', 'sha3-256', 'blake2b512']).default('sha256'),
  }),
  run(input, context) {
    const hash = createHash(context.parameters.algorithm)
    for (let start = 0; start < input.bytes.length; start += CHUNK_BYTES) {
      context.throwIfAborted()
      hash.update(input.bytes.subarray(start, start + CHUNK_BYTES))
    }
    return {
      algorithm: context.parameters.algorithm,
      bytes: input.bytes.length,
      digest: hash.digest('hex'),
    }
  },
})
