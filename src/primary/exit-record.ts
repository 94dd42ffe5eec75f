import type { ExitReason, LastExit } from '../protocol/operators-api.ts'
import type { HttpProcessExit } from './http-process-exit.ts'

/** How processes ended: counted by reason, and the newest one. */
export class ExitRecord {
  readonly #counts = new Map<ExitReason, number>()
  #last: LastExit | null = null

  add({ reason, code, signal, livedMs }: HttpProcessExit, pid: number): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1)
    const livedSeconds = Math.round(livedMs / 1000)
    this.#last = { at: new Date().toISOString(), pid, reason, code, signal, livedSeconds }
  }

  get counts(): Partial<Record<ExitReason, number>> {
    return Object.fromEntries(this.#counts)
  }

  get last(): LastExit | null {
    return this.#last
  }
}
