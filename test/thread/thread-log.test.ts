import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

/** The level changes in the middle of a run that never returns to its event loop. */
test('a line looks at the level anew, also through a log that a task has kept', async () => {
  const program = fileURLToPath(new URL('../fixtures/thread-log.ts', import.meta.url))
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = (await text(child.stdout)).trim().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: 'info', role: 'thread', slot: 3, thread: 1, task: 'a', requestId: 'r-1', msg: 'first' },
    { level: 'debug', task: 'a', msg: 'third' },
    { level: 'error', requestId: 'r-2', facts: 1, msg: 'last' },
  ])
})
