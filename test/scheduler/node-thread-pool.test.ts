import { pino } from 'pino'
import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load-config.ts'
import { startThreadPool } from '../../src/scheduler/node-thread-pool.ts'
import { someSubmission } from '../support/some-submission.ts'
import { fixtureTasksDir } from '../support/test-app.ts'

const log = pino({ level: 'silent' })
const brokenDir = (name: string) => new URL(`../fixtures/broken/${name}`, import.meta.url).pathname

const startWith = (tasksDir: string) =>
  startThreadPool({
    config: loadConfig({ OFFLOOP_TASKS_DIR: tasksDir, OFFLOOP_THREADS: '2' }),
    log,
    onBroken: () => {},
  })

test.each([
  ['throws', /throws\/bad\.ts: Error: broken on purpose/],
  ['syntax', /syntax\/bad\.js: SyntaxError/],
  ['not-a-task', /not-a-task\/bad\.ts: the default export is not a task/],
  ['bad-name', /bad-name\/Bad_Name\.js: the name of the file is the name of the task: expected kebab-case/],
  ['duplicate', /duplicate\/hash\.ts: the name "hash" is taken by .*workers\/hash\.ts/],
  ['missing', /missing: the folder cannot be read: Error: ENOENT/],
  ['exits', /A thread ended while it loaded the tasks/],
])(
  'a folder of tasks that cannot be loaded (%s) stops the start with file and reason',
  async (name, sentence) => {
    await expect(startWith(brokenDir(name))).rejects.toThrow(sentence)
  },
)

test('plain .ts, .js, .mjs and CommonJS files are tasks, without a node_modules beside them', async () => {
  const { mkdtemp, cp, rm } = await import('node:fs/promises')
  const { tmpdir } = await import('node:os')
  // Outside of this project, so that no folder above has our packages.
  const dir = await mkdtemp(`${tmpdir()}/offloop-tasks-`)
  await cp(new URL('../fixtures/plain-tasks', import.meta.url), dir, { recursive: true })
  try {
    const pool = await startWith(dir)
    expect(pool.catalogue.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['plain-cjs', 'plain-esm', 'plain-js', 'plain-ts', 'hash']),
    )
    await pool.destroy()
  } finally {
    await rm(dir, { recursive: true })
  }
})

test('a request that cannot be given to its thread fails alone, and the thread is free again', async () => {
  const pool = await startWith(fixtureTasksDir)
  try {
    const gone = new ArrayBuffer(8)
    gone.transfer()
    const run = pool.start({ ...someSubmission(), task: 'hash', timeLimitMs: 1000, body: gone })
    await expect(run.answer).rejects.toThrow(/Cannot transfer|detached/)
    await run.released
    expect(pool.freeThreads()).toBe(2)
  } finally {
    await pool.destroy()
  }
})

test('what a task says to its parent thread is not taken for an answer', async () => {
  const pool = await startWith(fixtureTasksDir)
  try {
    const body = new TextEncoder().encode('{}').buffer
    const request = { ...someSubmission(), contentType: 'application/json', body }
    const run = pool.start({ ...request, task: 'talks-to-parent', timeLimitMs: 5000 })
    const answer = await run.answer
    if (answer.kind !== 'succeeded') throw new Error(`The task did not succeed: ${JSON.stringify(answer)}`)
    expect(JSON.parse(new TextDecoder().decode(answer.body))).toMatchObject({ forged: false })
  } finally {
    await pool.destroy()
  }
})
