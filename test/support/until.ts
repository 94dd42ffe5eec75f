import { setTimeout as sleep } from 'node:timers/promises'

type Falsy = false | null | undefined | 0 | ''

/**
 * Waits for a condition, looking again and again.
 *
 * @returns the first truthy value that `look` gave
 * @throws once `deadlineMs` have passed
 */
export async function until<Value>(
  what: string,
  look: () => Value | Promise<Value>,
  deadlineMs = 15_000,
): Promise<Exclude<Value, Falsy>> {
  const end = performance.now() + deadlineMs
  for (;;) {
    const value = await look()
    if (value) return value as Exclude<Value, Falsy>
    if (performance.now() > end) throw new Error(`Waited ${deadlineMs} ms in vain for ${what}`)
    await sleep(20)
  }
}
