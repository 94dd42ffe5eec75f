import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import hash from '../../workers/hash.ts'
import { taskContext } from '../support/task-context.ts'

const body = new Uint8Array(3 * 1024 * 1024 + 17).fill(42)

test('hash digests every byte, however many chunks it takes', async () => {
  const output = await hash.run(
    { form: 'bytes', bytes: body, mediaType: 'application/octet-stream' },
    taskContext({ parameters: { algorithm: 'sha256' } }),
  )

  expect(output).toEqual({
    algorithm: 'sha256',
    bytes: body.length,
    digest: createHash('sha256').update(body).digest('hex'),
  })
})

test('hash stops when it is no longer wanted', () => {
  const context = taskContext<{ algorithm: 'sha256' }>({
    parameters: { algorithm: 'sha256' },
    signal: AbortSignal.abort(),
  })

  expect(() => hash.run({ form: 'bytes', bytes: body, mediaType: 'text/plain' }, context)).toThrow(/abort/)
})
