import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { generatedPages } from '../docs/generate.ts'

test.each(Object.entries(generatedPages()))('docs/%s says what its table in the code says', (name, text) => {
  expect(readFileSync(new URL(`../docs/${name}`, import.meta.url), 'utf8')).toBe(text)
})
