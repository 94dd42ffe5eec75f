import { connections } from './connections/benchmark.ts'
import type { Benchmark } from './harness/benchmark.ts'
import { overload } from './overload/benchmark.ts'
import { trivial } from './trivial/benchmark.ts'

/** In the order of the page. */
export const benchmarks: readonly Benchmark[] = [trivial, overload, connections]
