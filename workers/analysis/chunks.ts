import type { TaskContext } from '../../src/index.ts'

/** What a long loop needs from its surroundings: a way to learn that nobody wants the result any more. */
export type Work = Pick<TaskContext, 'throwIfAborted'>

/** Elements between two looks at the abort flag: well under a millisecond of arithmetic. */
const CHUNK = 65_536

/**
 * The ranges `[start, end)` that cover `from` to `to`, with a look at the abort flag before each. Keeps
 * the inner loops free of everything but arithmetic.
 */
export function* chunks(work: Work, to: number, from = 0, size = CHUNK): Generator<[number, number]> {
  for (let start = from; start < to; start += size) {
    work.throwIfAborted()
    yield [start, Math.min(start + size, to)]
  }
}
