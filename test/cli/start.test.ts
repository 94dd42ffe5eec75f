import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { childrenOf } from '../support/cluster.ts'
import { CliProcess, runCli } from '../support/run-cli.ts'
import { until } from '../support/until.ts'

interface ReadyLine {
  readonly msg: string
  readonly pid: number
  readonly url: string
  readonly processes: number
  readonly threads: number
}

function readyLine(stdout: string): ReadyLine | undefined {
  const lines = stdout.split('\n').filter((line) => line.includes('Offloop is ready'))
  return lines.map((line) => JSON.parse(line) as ReadyLine)[0]
}

/** A link to this program, as `current` is to a release. */
async function linkedRelease(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'offloop-cli-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  await symlink(fileURLToPath(new URL('../..', import.meta.url)), join(dir, 'current'))
  return join(dir, 'current')
}

test('start runs the primary in its own process: options win over the environment, SIGTERM shuts down', async () => {
  const options = ['--port', '0', '--host', '127.0.0.1', '--processes', '1', '--threads', '1']
  const variables = { OFFLOOP_OPS_PORT: '0', OFFLOOP_PROCESSES: '2' }
  const release = await linkedRelease()
  const cli = new CliProcess(['start', ...options], variables, release)
  const line = await until('the cluster to be ready', () => readyLine(cli.stdout))
  expect(line).toMatchObject({ pid: cli.child.pid, processes: 1, threads: 1 })
  expect((await fetch(`${line.url}/livez`)).status).toBe(200)
  // So that a reload runs the release that the link shows by then.
  const [child] = childrenOf(line.pid)
  expect(await readFile(`/proc/${child}/cmdline`, 'utf8')).toContain(join(release, 'src/main.ts'))
  cli.child.kill('SIGTERM')
  expect(await cli.ended).toMatchObject({ code: 0, stderr: '' })
})

test('an option that cannot be used is refused in the words of the settings table', async () => {
  expect(await runCli(['start', '--threads', 'lots'])).toEqual({
    code: 2,
    stdout: '',
    stderr: 'offloop: Cannot use OFFLOOP_THREADS: expected an integer from 1 to 128, got "lots"\n',
  })
})
