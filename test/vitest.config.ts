import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/*
 * Two groups: everything that decides or computes, in parallel; then what starts real clusters, one
 * file after another, so that none of them measures the others' load.
 */
const common = { pool: 'forks', testTimeout: 30_000, hookTimeout: 30_000 } as const

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    projects: [
      {
        test: {
          ...common,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/system/**', 'test/soak/**'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...common,
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
