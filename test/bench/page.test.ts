import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { benchmarksPage } from '../../bench/page.ts'

test('docs/benchmarks.md says what docs/benchmarks/*.json say', async () => {
  const page = await readFile(new URL('../../docs/benchmarks.md', import.meta.url), 'utf8')
  expect(page).toBe(await benchmarksPage())
})

test('a benchmark without a result has no section', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'offloop-no-results-'))
  try {
    const page = await benchmarksPage(folder)
    expect(page).toContain('# Benchmarks')
    expect(page).not.toContain('## ')
  } finally {
    await rm(folder, { recursive: true })
  }
})
