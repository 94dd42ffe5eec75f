import { z } from 'zod'
import { defineTask } from '../../../dist/src/index.js'

/** About 20 ms on one core of a server of 2025. */
const STEPS = 10_000_000

/*
 * Always the same work. A task that spins until a time has passed would do for a load, but not for a comparison of
 * thread counts: threads that share a core would seem to do twice as much on it.
 */
export default defineTask({
  description: 'A fixed amount of arithmetic',
  input: z.strictObject({}),
  run() {
    let state = 1
    for (let step = 0; step < STEPS; step++) {
      state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + step) | 0
    }
    return { result: state }
  },
})
