import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { type ErrorEntry, errorTable } from '../src/errors.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const sources = globSync(['src/**/*.ts', 'workers/**/*.ts'], { cwd: root })
  .filter((file) => file !== 'src/errors.ts')
  .map((file) => readFileSync(new URL(file, `file://${root}`), 'utf8'))

test.each(Object.entries<ErrorEntry>(errorTable))(
  '%s is answered somewhere, with an error status',
  (code, { status }) => {
    expect(sources.some((source) => source.includes(`'${code}'`))).toBe(true)
    expect(status).toBeGreaterThanOrEqual(400)
  },
)
