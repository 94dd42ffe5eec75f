import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import request from 'supertest'
import { expect, test } from 'vitest'
import { generatedPages } from '../docs/generate.ts'
import { startTestApp } from './support/test-app.ts'

const page = (name: string) => readFile(new URL(`../docs/${name}`, import.meta.url), 'utf8')

test.each(Object.entries(generatedPages()))(
  'docs/%s says what its table in the code says',
  async (name, text) => {
    expect(await page(name)).toBe(text)
  },
)

test('the example of docs/tasks.md is a task that runs', async () => {
  const [, example = ''] = /```ts\n(.*?)```/s.exec(await page('tasks.md')) ?? []
  const dir = await mkdtemp(join(tmpdir(), 'offloop-example-'))
  await writeFile(join(dir, 'count-primes.ts'), example)
  try {
    await using testApp = await startTestApp({ OFFLOOP_TASKS_DIR: dir, OFFLOOP_THREADS: '1' })
    const { body } = await request(testApp.app)
      .post('/api/tasks/count-primes')
      .send({ upTo: 1_000_000 })
      .expect(200)
    expect(body.count).toBe(78_498)
  } finally {
    await rm(dir, { recursive: true })
  }
})
