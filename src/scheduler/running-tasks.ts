import type { ThreadStatus } from '../protocol/operators-api.ts'
import type { CatalogueEntry } from '../protocol/thread-messages.ts'
import { type Place, Roster } from '../roster.ts'
import type { Occupation } from './bulkhead.ts'
import { ServiceTimes } from './service-time.ts'
import type { ThreadPool } from './thread-pool.ts'
import { type RunningTask, threadStatus } from './thread-status.ts'

/** The runs on the threads of this process, those included that are being stopped, and how long such runs take. */
export class RunningTasks {
  readonly #running = new Roster<RunningTask>()
  readonly #serviceTimes = new ServiceTimes()

  get size(): number {
    return this.#running.size
  }

  /** @param threadId see {@link RunningTask} */
  begin(task: CatalogueEntry, threadId: RunningTask['threadId']): Place<RunningTask> {
    return this.#running.add({ task, startedAt: performance.now(), threadId })
  }

  /** @param cutShort it would have taken longer: then it only tells that runs are no shorter than this */
  end(run: Place<RunningTask>, cutShort: boolean): void {
    this.#running.remove(run)
    const { task, startedAt } = run.item
    const runMs = performance.now() - startedAt
    if (!cutShort || runMs > this.expectedMs(task)) this.#serviceTimes.record(task.name, runMs)
  }

  /** What a run of a task is expected to take. */
  expectedMs({ name }: CatalogueEntry): number {
    return this.#serviceTimes.expectedMs(name)
  }

  /** What is left of all of them on one thread, as far as their tasks' means tell. */
  remainingMs(): number {
    const now = performance.now()
    let sum = 0
    for (const { task, startedAt } of this.#running)
      sum += Math.max(0, this.expectedMs(task) - (now - startedAt))
    return sum
  }

  /** When the first of them will have ended, in milliseconds from now. One that is late by some time is taken to need as much again. */
  firstEndsInMs(): number {
    const now = performance.now()
    let first = Number.POSITIVE_INFINITY
    for (const { task, startedAt } of this.#running) {
      first = Math.min(first, Math.abs(this.expectedMs(task) - (now - startedAt)))
    }
    return this.#running.size === 0 ? 0 : first
  }

  /** What those under way are expected to take from start to end, on average; 0 where there are none. */
  meanMs(): number {
    let sum = 0
    for (const { task } of this.#running) sum += this.expectedMs(task)
    return this.#running.size === 0 ? 0 : sum / this.#running.size
  }

  /** How a task sees the threads. */
  occupation({ name }: CatalogueEntry, threads: number): Occupation {
    let ofTask = 0
    let ofBatch = 0
    for (const { task } of this.#running) {
      if (task.name === name) ofTask += 1
      if (task.priority === 'batch') ofBatch += 1
    }
    return { threads, ofTask, ofBatch }
  }

  /** What each thread does at this moment. */
  threads(pool: Pick<ThreadPool, 'threadIds' | 'threadFigures'>): ThreadStatus[] {
    const figuresOf = (id: number) => pool.threadFigures(id)
    return threadStatus(pool.threadIds(), [...this.#running], figuresOf, performance.now())
  }
}
