import { createHash } from 'node:crypto'

/** What `workers/hash.ts` computes. */
export default function hash(bytes) {
  return {
    algorithm: 'sha256',
    bytes: bytes.length,
    digest: createHash('sha256').update(bytes).digest('hex'),
  }
}
