import { z } from 'zod'
import { defineTask } from '../../../dist/src/index.js'

export default defineTask({
  description: 'Answers with what it was given',
  input: z.strictObject({ message: z.string() }),
  run: ({ message }) => ({ message }),
})
