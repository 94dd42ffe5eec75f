import { threadId } from 'node:worker_threads'
import { z } from 'zod'
import { defineTask } from '../../../dist/src/index.js'
import { collectedBytes } from '../collected-bytes.mjs'

export default defineTask({
  description: 'What the heap of a thread holds once its garbage has been collected',
  input: z.strictObject({}),
  run: () => ({ pid: process.pid, threadId, bytes: collectedBytes() }),
})
