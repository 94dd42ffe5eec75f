import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { LateTasks } from '../../src/thread/late-tasks.ts'
import { until } from '../support/until.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'offloop-late-'))
})
afterEach(() => rm(dir, { recursive: true }))

const loaded: string[] = []
Object.assign(globalThis, { lateTaskLoaded: (name: string) => loaded.push(name) })

/** A task that says when it is evaluated. */
async function taskFile(name: string, first = ''): Promise<{ name: string; file: string }> {
  const file = join(dir, `${name}.mjs`)
  const brand = "[Symbol.for('offloop.task')]: true"
  await writeFile(file, `${first}; globalThis.lateTaskLoaded('${name}'); export default { ${brand} }`)
  return { name, file }
}

test('a task is loaded when it is asked for, once', async () => {
  const tasks = new LateTasks([await taskFile('one'), await taskFile('two')])
  const [first, second] = await Promise.all([tasks.get('two'), tasks.get('two')])
  expect(first).toBe(second)
  expect(loaded.splice(0)).toEqual(['two'])
})

test('the others are loaded when there is nothing to do, and not before', async () => {
  const tasks = new LateTasks([await taskFile('three'), await taskFile('four')])
  await tasks.load(['four'])
  tasks.onIdle()
  tasks.onBusy()
  expect(loaded.splice(0)).toEqual(['four'])
  tasks.onIdle()
  await until('the other one', () => loaded.length > 0)
  expect(loaded.splice(0)).toEqual(['three'])
})

test('what cannot be loaded is told to who asks for it, with the reason, and keeps nothing else from loading', async () => {
  const broken = await taskFile('broken', "throw new Error('on purpose')")
  const tasks = new LateTasks([broken, await taskFile('five')])
  await tasks.load(['broken'])
  tasks.onIdle()
  await until('the other one', () => loaded.length > 0)
  expect(loaded.splice(0)).toEqual(['five'])
  await expect(tasks.get('broken')).rejects.toMatchObject({
    code: 'TASK_LOAD_FAILED',
    cause: { message: 'on purpose' },
  })
})

test('a task that there is not is not there', async () => {
  expect(await new LateTasks([]).get('nothing')).toBeUndefined()
})
