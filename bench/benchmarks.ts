import { connections } from './connections/benchmark.ts'
import { data } from './data/benchmark.ts'
import type { Benchmark } from './harness/benchmark.ts'
import { images } from './images/benchmark.ts'
import { isolation } from './isolation/benchmark.ts'
import { memory } from './memory/benchmark.ts'
import { overload } from './overload/benchmark.ts'
import { scaling } from './scaling/benchmark.ts'
import { supervision } from './supervision/benchmark.ts'
import { trivial } from './trivial/benchmark.ts'

/** In the order of the page. */
export const benchmarks: readonly Benchmark[] = [
  trivial,
  images,
  data,
  isolation,
  overload,
  connections,
  supervision,
  scaling,
  memory,
]
