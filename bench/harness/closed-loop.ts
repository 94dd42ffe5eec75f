/** Clients that send their next request when they have their answer. */
export interface ClosedLoop {
  readonly clients: number
  /** So long new requests begin; each client makes one at least. */
  readonly seconds: number
  /** One request. What it throws ends the loop. @param turn counts the requests of all clients, from 0 */
  readonly once: (turn: number) => void | Promise<void>
}

export interface LoopResult {
  readonly answered: number
  /** Until the last answer: to cut off what is under way would say nothing of what was waiting. */
  readonly seconds: number
  /** Of each request. */
  readonly ms: readonly number[]
}

export async function inClosedLoop({ clients, seconds, once }: ClosedLoop): Promise<LoopResult> {
  const startedAt = performance.now()
  const ms: number[] = []
  let turn = 0
  const client = async () => {
    do {
      const sentAt = performance.now()
      await once(turn++)
      ms.push(performance.now() - sentAt)
    } while (performance.now() - startedAt < seconds * 1000)
  }
  await Promise.all(Array.from({ length: clients }, client))
  return { answered: ms.length, seconds: (performance.now() - startedAt) / 1000, ms }
}

/** Of loops that ran at the same time. */
export function sideBySide(loops: readonly LoopResult[]): LoopResult {
  return { ...together(loops), seconds: Math.max(...loops.map(({ seconds }) => seconds)) }
}

/** Of loops that ran one after the other. */
export function inSuccession(loops: readonly LoopResult[]): LoopResult {
  return { ...together(loops), seconds: loops.reduce((sum, { seconds }) => sum + seconds, 0) }
}

function together(loops: readonly LoopResult[]): Omit<LoopResult, 'seconds'> {
  const ms = loops.flatMap((loop) => loop.ms)
  return { answered: ms.length, ms }
}
