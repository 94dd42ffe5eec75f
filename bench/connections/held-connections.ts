import { descriptorsOfChildren } from '../harness/process-figures.ts'
import type { RunningServer } from '../harness/start-offloop.ts'

/** Connections that were seen, each as often as it was looked at. */
export interface Held {
  readonly byAll: number
  /** By the process that had most of them over the load. */
  readonly byBusiest: number
}

const INTERVAL_MS = 20

/** Counts the connections that each HTTP process of a server holds: descriptors that it had not at first. */
export class HeldConnections {
  /** Before anybody was connected. */
  readonly #atFirst = new Map<RunningServer, ReadonlyMap<number, number>>()

  /** Looks again and again while a load runs; the first load of a server has to find it without connections. */
  async during<Answer>(server: RunningServer, load: () => Promise<Answer>): Promise<[Answer, Held]> {
    const atFirst = this.#atFirst.get(server) ?? descriptorsOfChildren(server.pid)
    this.#atFirst.set(server, atFirst)
    const seen = new Map<number, number>()
    const timer = setInterval(() => {
      for (const [child, count] of descriptorsOfChildren(server.pid)) {
        seen.set(child, (seen.get(child) ?? 0) + Math.max(0, count - (atFirst.get(child) ?? count)))
      }
    }, INTERVAL_MS)
    try {
      const answer = await load()
      const counts = [...seen.values()]
      const byAll = counts.reduce((sum, count) => sum + count, 0)
      return [answer, { byAll, byBusiest: Math.max(0, ...counts) }]
    } finally {
      clearInterval(timer)
    }
  }
}
