import { expect, test } from 'vitest'
import { formatTasks } from '../../src/cli/tasks.ts'
import type { CatalogueEntry } from '../../src/protocol/thread-messages.ts'
import { clusterStatus, startFakeOpsServer } from '../support/fake-ops-server.ts'
import { runCli } from '../support/run-cli.ts'

const tasks: readonly CatalogueEntry[] = [
  {
    name: 'count-primes',
    description: 'How many primes there are up to a number',
    input: { json: {} },
    produces: ['application/json'],
    priority: 'interactive',
    limits: { timeMs: 30_000, queueTimeoutMs: 10_000, inputBytes: 33_554_432 },
  },
  {
    name: 'mix',
    description: 'Mixes sounds, images and words into one long thing that nobody asked for',
    input: { json: {}, bytes: ['image/*'], multipart: { files: ['a'], fields: [] } },
    produces: ['image/png'],
    priority: 'interactive',
    limits: { timeMs: 500, queueTimeoutMs: 10_000, inputBytes: 1024 },
  },
]

test('the table has name, media types, limits and description', () => {
  expect(formatTasks(tasks, 100, (_emphasis, text) => text)).toBe(
    `
TASK          TAKES                TIME LIMIT  SIZE LIMIT  WHAT IT DOES
count-primes  application/json            30s      32 MiB  How many primes there are up to a number
mix           application/json          500ms       1 KiB  Mixes sounds, images and words into one
              multipart/form-data                          long thing that nobody asked for
              image/*`.trim(),
  )
})

test('the catalogue is asked of the application that the status names', async () => {
  const listing = { success: true, tasks }
  await using application = await startFakeOpsServer({ 'GET /api/tasks': { body: listing } })
  const url = `http://localhost:${application.port}`
  await using server = await startFakeOpsServer({ 'GET /status': { body: clusterStatus({ url }) } })
  expect(await runCli(['tasks', '--json', '--ops-url', server.url])).toEqual({
    code: 0,
    stdout: `${JSON.stringify(listing)}\n`,
    stderr: '',
  })
})

test('an application that does not answer ends the command with 3', async () => {
  const application = await startFakeOpsServer({})
  const { url } = application
  await application.close()
  await using server = await startFakeOpsServer({ 'GET /status': { body: clusterStatus({ url }) } })
  expect(await runCli(['tasks', '--ops-url', server.url])).toEqual({
    code: 3,
    stdout: '',
    stderr: `offloop: Cannot reach the application at ${url}: nothing listens there\n`,
  })
})
