import { move, transferableSymbol, valueSymbol } from 'piscina'
import type { TaskAnswer } from '../protocol/thread-messages.ts'

/** Marks the body of an answer to be transferred to the HTTP process instead of being copied. */
export function transferring(answer: TaskAnswer): TaskAnswer {
  if (answer.kind !== 'succeeded') return answer
  const movable = {
    get [transferableSymbol]() {
      return answer.body
    },
    get [valueSymbol]() {
      return answer
    },
  }
  return move(movable) as unknown as TaskAnswer
}
