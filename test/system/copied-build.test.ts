import { expect, test } from 'vitest'
import { builtFixtureTasksDir, Cluster } from '../support/cluster.ts'
import { copyBuild } from '../support/copied-build.ts'
import { until } from '../support/until.ts'

const settings = { OFFLOOP_PROCESSES: '1', OFFLOOP_THREADS: '1', OFFLOOP_TASKS_DIR: builtFixtureTasksDir }

async function descriptionOf(cluster: Cluster): Promise<unknown> {
  const response = await fetch(`${cluster.url}/`, { headers: { Connection: 'close' } })
  return ((await response.json()) as { description: unknown }).description
}

test('a cluster starts from a copy of the build, and a change there is seen by the next process', async () => {
  await using build = await copyBuild()
  await build.setDescription('first')
  await using cluster = await new Cluster(settings, build.command).ready()
  expect(await descriptionOf(cluster)).toBe('first')
  expect((await cluster.task('echo', { message: 'from the copy' })).status).toBe(200)

  await build.setDescription('second')
  const [pid = -1] = await cluster.pids()
  process.kill(pid, 'SIGKILL')
  await until('another process', async () => (await cluster.pids())[0] !== pid)
  expect(await descriptionOf(cluster)).toBe('second')
})

test('a broken copy does not start, and does once it is restored', async () => {
  await using build = await copyBuild()
  await build.breakHttpProcess()
  await using broken = new Cluster(settings, build.command)
  expect((await broken.exited).code).toBe(1)
  expect(broken.stderr).toContain('broken build')

  await build.restore()
  await using cluster = await new Cluster(settings, build.command).ready()
  await expect(build.replace('package.json', 'no such text', '')).rejects.toThrow('expected it once, got 0')
  expect((await cluster.task('echo', { message: 'restored' })).status).toBe(200)
})
