import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fileOf } from '../harness/start-offloop.ts'
import { PROCESSES, type RunningSupervisor } from './supervisor.ts'

export interface Pm2App {
  /** A file of `bench/contenders`. */
  readonly script: string
  readonly wait_ready?: boolean
  readonly listen_timeout?: number
  readonly kill_timeout?: number
}

const APP_NAME = 'contender'
const pm2File = fileOf('node_modules/pm2/bin/pm2')
const run = promisify(execFile)

/** Starts an app in PM2's cluster mode, under a PM2 of its own: with its own home, hence its own daemon. */
export async function startPm2(port: number, app: Pm2App): Promise<RunningSupervisor> {
  const home = await mkdtemp(join(tmpdir(), 'offloop-bench-pm2-'))
  const env = { PATH: process.env.PATH, HOME: home, PM2_HOME: home, HOST: '127.0.0.1', PORT: String(port) }
  const pm2 = (...args: string[]) => run(process.execPath, [pm2File, ...args], { cwd: home, env })
  const end = async () => {
    process.off('SIGINT', interrupted)
    // Ends the daemon and all that it manages; processes of a daemon that is killed end by themselves.
    await pm2('kill').catch(async (error: unknown) => {
      process.kill(Number(await readFile(join(home, 'pm2.pid'), 'utf8')), 'SIGKILL')
      throw error
    })
    await rm(home, { recursive: true, force: true })
  }
  // The daemon is detached: Ctrl-C, which ends everything else that was started, does not reach it.
  const interrupted = () => void end().finally(() => process.exit(130))
  process.once('SIGINT', interrupted)
  try {
    await pm2('start', await writeConfig(home, app))
  } catch (error) {
    await end()
    throw error
  }
  return {
    reload: async () => {
      await pm2('reload', APP_NAME)
    },
    [Symbol.asyncDispose]: end,
  }
}

async function writeConfig(home: string, { script, ...options }: Pm2App): Promise<string> {
  const app = {
    name: APP_NAME,
    script: fileOf(`bench/contenders/${script}`),
    exec_mode: 'cluster',
    instances: PROCESSES,
    ...options,
  }
  const file = join(home, 'bench.config.cjs')
  await writeFile(file, `module.exports = ${JSON.stringify({ apps: [app] }, null, 2)}\n`)
  return file
}
