import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from '../../test/support/free-port.ts'
import { until } from '../../test/support/until.ts'
import type { RunningContender } from './contender.ts'

export interface Pm2App {
  /** A file of `bench/contenders`. */
  readonly script: string
  readonly wait_ready?: boolean
  readonly listen_timeout?: number
  readonly kill_timeout?: number
}

const PROCESSES = 2
const APP_NAME = 'contender'
const contendersDir = fileURLToPath(new URL('../contenders', import.meta.url))
const pm2File = fileURLToPath(new URL('../../node_modules/pm2/bin/pm2', import.meta.url))
const run = promisify(execFile)

/** Starts an app in PM2's cluster mode, under a PM2 of its own: with its own home, hence its own daemon. */
export async function startPm2(app: Pm2App): Promise<RunningContender> {
  const home = await mkdtemp(join(tmpdir(), 'offloop-bench-pm2-'))
  const port = await freePort()
  const env = { PATH: process.env.PATH, HOME: home, PM2_HOME: home, HOST: '127.0.0.1', PORT: String(port) }
  const pm2 = async (...args: string[]): Promise<string> =>
    (await run(process.execPath, [pm2File, ...args], { cwd: home, env })).stdout
  const end = async () => {
    // Ends the daemon and all that it manages.
    await pm2('kill')
    await rm(home, { recursive: true, force: true })
  }
  const url = `http://127.0.0.1:${port}`
  try {
    await pm2('start', await writeConfig(home, app))
    await bothServe(url)
  } catch (error) {
    await end()
    throw error
  }
  return {
    url,
    doNothing: async () => {
      await pm2('ping')
    },
    reload: async () => {
      await pm2('reload', APP_NAME)
    },
    checkReloads: async (count) => checkRestarts(await pm2('jlist'), count),
    [Symbol.asyncDispose]: end,
  }
}

async function writeConfig(home: string, { script, ...options }: Pm2App): Promise<string> {
  const app = {
    name: APP_NAME,
    script: join(contendersDir, script),
    exec_mode: 'cluster',
    instances: PROCESSES,
    ...options,
  }
  const file = join(home, 'bench.config.cjs')
  await writeFile(file, `module.exports = ${JSON.stringify({ apps: [app] }, null, 2)}\n`)
  return file
}

/** Without `wait_ready` PM2's start returns before anybody listens. Each answer names its process. */
async function bothServe(url: string): Promise<void> {
  const seen = new Set<number>()
  await until('both processes to serve', async () => {
    const response = await fetch(`${url}/busy`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Connection: 'close' },
      body: '{"ms":0}',
    }).catch(() => undefined)
    if (response) seen.add(((await response.json()) as { pid: number }).pid)
    return seen.size === PROCESSES
  })
}

interface Pm2Process {
  readonly pm2_env: { readonly status: string; readonly restart_time: number }
}

function checkRestarts(list: string, count: number): void {
  const processes = JSON.parse(list.slice(list.indexOf('['))) as Pm2Process[]
  const states = processes.map(({ pm2_env: { status, restart_time: restarts } }) => `${status} ${restarts}`)
  if (states.length !== PROCESSES || states.some((state) => state !== `online ${count}`)) {
    throw new Error(
      `Expected ${PROCESSES} processes, online and replaced ${count} times, got ${states.join(', ')}`,
    )
  }
}
