import { constants, type PerformanceNodeEntry, PerformanceObserver } from 'node:perf_hooks'

/** Counts how often V8 collects the whole heap of this thread. One that has just ended may not be counted yet. */
export class HeapCollections {
  #count = 0

  constructor() {
    new PerformanceObserver((list) => {
      for (const { detail } of list.getEntries() as PerformanceNodeEntry[]) {
        if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) this.#count += 1
      }
    }).observe({ entryTypes: ['gc'] })
  }

  get count(): number {
    return this.#count
  }
}
