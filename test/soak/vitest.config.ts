import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/*
 * Long runs under load, apart from `npm test`: npm run test:soak. One file after another, each on the
 * whole machine.
 */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    name: 'soak',
    include: ['test/soak/**/*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 600_000,
  },
})
