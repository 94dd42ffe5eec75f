import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/*
 * Three groups, one after another: everything that decides or computes; what starts real clusters; and what looks
 * at the clock, alone, so that it does not measure the others' load.
 *
 * A process of its own for each file takes a quarter of the first group's time. So only those have one that look at
 * their process or change it: its threads and their numbers, its memory, what sharp may read, which SDK there is.
 */
// Test processes and the threads that they start compile the same sources again and again.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(
  new URL('../node_modules/.cache/offloop-tests', import.meta.url),
)

const common = { pool: 'forks', testTimeout: 30_000, hookTimeout: 30_000 } as const
const NEEDS_OWN_PROCESS = [
  'test/scheduler/**/*.test.ts',
  'test/http/tracing/**/*.test.ts',
  'test/bench/harness/plots.test.ts',
  'test/thread/heap-collections.test.ts',
]
const LOOKS_AT_THE_CLOCK = ['test/system/event-loop.test.ts', 'test/system/hang.test.ts']

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    projects: [
      {
        test: {
          ...common,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/system/**', 'test/soak/**', ...NEEDS_OWN_PROCESS],
          isolate: false,
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...common,
          name: 'unit in a process of its own',
          include: NEEDS_OWN_PROCESS,
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...common,
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          exclude: LOOKS_AT_THE_CLOCK,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...common,
          name: 'alone',
          include: LOOKS_AT_THE_CLOCK,
          // What has a bound in time is tried again and again where the machine is busy.
          testTimeout: 60_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
