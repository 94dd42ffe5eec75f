import { z } from 'zod'
import { defineTask } from '../../../src/index.ts'
import { compute } from '../compute.ts'

export default defineTask({
  description: 'A fixed amount of arithmetic',
  input: z.strictObject({}),
  run: () => ({ result: compute() }),
})
