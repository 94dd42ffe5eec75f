import { fork } from 'node:child_process'
import { once } from 'node:events'

/**
 * Starts a program that gets one question as a message and answers it with one: load that nothing but its own work
 * can make late, and that makes nothing else late.
 *
 * @throws where it ends without an answer
 */
export async function askProcess<Answer>(file: string, question: object): Promise<Answer> {
  const child = fork(file, { serialization: 'advanced' })
  const exited = once(child, 'exit')
  const answered = once(child, 'message') as Promise<[Answer]>
  // Comes after all that it said; its exit can come before.
  const silent = once(child, 'disconnect').then(() => undefined)
  child.send(question)
  const first = await Promise.race([answered, silent])
  if (first === undefined) throw new Error(`${file} ended without an answer`)
  await exited
  return first[0]
}
