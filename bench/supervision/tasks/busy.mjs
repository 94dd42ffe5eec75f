import { z } from 'zod'
import { defineTask } from '../../../dist/src/index.js'

export default defineTask({
  description: 'Keeps a core busy for a while',
  input: z.strictObject({ ms: z.int().min(0).max(1000) }),
  run({ ms }) {
    const end = performance.now() + ms
    while (performance.now() < end);
    return { pid: process.pid }
  },
})
