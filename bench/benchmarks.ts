import type { Benchmark } from './harness/benchmark.ts'
import { memory } from './memory/benchmark.ts'
import { scaling } from './scaling/benchmark.ts'
import { supervision } from './supervision/benchmark.ts'
import { trivial } from './trivial/benchmark.ts'

/** In the order of the page. */
export const benchmarks: readonly Benchmark[] = [trivial, supervision, scaling, memory]
