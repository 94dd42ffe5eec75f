import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { builtFixtureTasksDir, childrenOf, isAlive, mainFile } from '../support/cluster.ts'
import { freePort } from '../support/free-port.ts'
import { startLoad } from '../support/load.ts'
import { countKinds } from '../support/load-result.ts'
import { until } from '../support/until.ts'

/*
 * The real PM2, with the ecosystem file that ships.
 */
const root = fileURLToPath(new URL('../..', import.meta.url))
const pm2File = join(root, 'node_modules/pm2/bin/pm2')
const run = promisify(execFile)

let home: string
let env: NodeJS.ProcessEnv
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'offloop-pm2-'))
  env = {
    PATH: process.env.PATH,
    HOME: home,
    PM2_HOME: home,
    HOST: '127.0.0.1',
    PORT: String(await freePort()),
    OFFLOOP_OPS_PORT: '0',
    OFFLOOP_PROCESSES: '2',
    OFFLOOP_THREADS: '1',
    OFFLOOP_TASKS_DIR: builtFixtureTasksDir,
  }
})
afterEach(async () => {
  // Ends PM2's daemon and all that it manages.
  await pm2('kill')
  await rm(home, { recursive: true, force: true })
})

interface Pm2Process {
  readonly pid: number
  readonly pm2_env: {
    readonly status: string
    readonly restart_time: number
    readonly pm_out_log_path: string
    readonly pm_err_log_path: string
  }
}

async function pm2(...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [pm2File, ...args], { cwd: root, env })
  return stdout
}

async function describeApp(): Promise<Pm2Process> {
  const list = await pm2('jlist')
  const [app] = JSON.parse(list.slice(list.indexOf('['))) as Pm2Process[]
  if (app === undefined) throw new Error('PM2 does not know the application')
  return app
}

test('start waits until it is ready, stop finishes what is in flight and leaves nothing behind', async () => {
  await pm2('start', 'ecosystem.config.cjs')
  const { pid, pm2_env: started } = await describeApp()
  expect(started.status).toBe('online')
  // No waiting here: PM2 has waited for the word of the primary.
  const url = `http://127.0.0.1:${env.PORT}`
  expect((await fetch(`${url}/readyz`)).status).toBe(200)
  const children = childrenOf(pid)
  expect(children).toHaveLength(2)

  const inFlight = fetch(`${url}/api/tasks/busy`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"ms":1000}',
  })
  const log = () => readFile(started.pm_out_log_path, 'utf8')
  await until('the task to begin', async () => (await log()).includes('busy begins'))
  await pm2('stop', 'offloop')

  expect((await inFlight).status).toBe(200)
  expect((await describeApp()).pm2_env).toMatchObject({ status: 'stopped', restart_time: 0 })
  expect([pid, ...children, ...childrenOf(pid)].filter(isAlive)).toEqual([])
  await expect(fetch(`${url}/livez`)).rejects.toThrow()
  // One stream of JSON lines, those of HTTP processes and threads included.
  const lines = (await log()).trim().split('\n')
  const roles = lines.map((line) => (JSON.parse(line) as { role: string }).role)
  expect(roles).toEqual(expect.arrayContaining(['primary', 'http', 'thread']))
}, 60_000)

test('sendSignal SIGHUP reloads without a failed request', async () => {
  await pm2('start', 'ecosystem.config.cjs')
  const { pid, pm2_env: app } = await describeApp()
  const before = childrenOf(pid)
  const load = startLoad({
    url: `http://127.0.0.1:${env.PORT}`,
    clients: 4,
    pauseMs: 20,
    maxRequests: 50_000,
    maxSeconds: 40,
  })
  await load.more(100)
  await pm2('sendSignal', 'SIGHUP', 'offloop')
  await until('the verdict', async () =>
    (await readFile(app.pm_out_log_path, 'utf8')).includes('reload: reloaded'),
  )
  await load.more(100)
  const { failures } = await load.stop()
  expect(countKinds(failures)).toEqual({})
  expect(await describeApp()).toMatchObject({ pid, pm2_env: { status: 'online', restart_time: 0 } })
  expect(childrenOf(pid).filter((child) => before.includes(child))).toEqual([])
}, 60_000)

test('a primary that is killed is started again; what was in flight is finished, and no orphan is left', async () => {
  await pm2('start', 'ecosystem.config.cjs')
  const { pid, pm2_env: started } = await describeApp()
  const orphans = childrenOf(pid)
  const url = `http://127.0.0.1:${env.PORT}`
  const inFlight = fetch(`${url}/api/tasks/busy`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"ms":1500}',
  })
  const log = () => readFile(started.pm_out_log_path, 'utf8')
  await until('the task to begin', async () => (await log()).includes('busy begins'))
  process.kill(pid, 'SIGKILL')
  expect((await inFlight).status).toBe(200)
  await until('another primary to serve', async () => {
    const response = await fetch(`${url}/readyz`).catch(() => undefined)
    return response?.status === 200
  })
  // The first HTTP process serves a moment before the primary tells PM2 that all do.
  const restarted = await until('PM2 to call it online', async () => {
    const app = await describeApp()
    return app.pm2_env.status === 'online' && app
  })
  expect(restarted.pm2_env.restart_time).toBe(1)
  expect(restarted.pid).not.toBe(pid)
  await until('the old processes to end', () => !orphans.some(isAlive))
  expect(childrenOf(restarted.pid)).toHaveLength(2)
}, 60_000)

test("PM2's cluster mode is refused with a sentence that says what to do", async () => {
  const config = join(home, 'wrong.config.cjs')
  await writeFile(
    config,
    `module.exports = { apps: [{ name: 'offloop', script: ${JSON.stringify(mainFile)}, exec_mode: 'cluster', instances: 1, stop_exit_codes: [2] }] }`,
  )
  await pm2('start', config)
  const { pm2_env: app } = await until('the refusal', async () => {
    const now = await describeApp()
    return now.pm2_env.status === 'stopped' && now
  })
  expect(await readFile(app.pm_err_log_path, 'utf8')).toContain(
    'Under PM2 use exec_mode "fork" with one instance',
  )
}, 60_000)
