import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { askProcess } from '../../../bench/harness/ask-process.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offloop-ask-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function program(name: string, source: string): Promise<string> {
  const file = join(folder, `${name}.mjs`)
  await writeFile(file, source)
  return file
}

test('a program that gets a question and ends after its answer is heard, however long that is', async () => {
  const file = await program(
    'answers',
    `process.once('message', ({ length }) => process.send('x'.repeat(length), () => process.exit()))`,
  )
  expect(await askProcess<string>(file, { length: 5_000_000 })).toHaveLength(5_000_000)
})

test('a program that ends without an answer is an error that names it', async () => {
  const file = await program('silent', `process.once('message', () => process.exit())`)
  await expect(askProcess(file, {})).rejects.toThrow(`${file} ended without an answer`)
})
