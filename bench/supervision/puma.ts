import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { childrenOf } from '../harness/process-figures.ts'
import { fileOf } from '../harness/start-offloop.ts'
import { PROCESSES, type RunningSupervisor, THREADS } from './supervisor.ts'

const run = promisify(execFile)

/** Longer than Puma takes to end when nothing is under way. */
const END_MS = 10_000

export async function isPumaInstalled(): Promise<boolean> {
  return run('puma', ['--version']).then(
    () => true,
    (error: { code?: unknown }) => {
      if (error.code === 'ENOENT') return false
      throw error
    },
  )
}

/** Puma's cluster mode without preloading, which a phased restart needs; `-C -` is for no configuration file. */
export async function startPuma(port: number): Promise<RunningSupervisor> {
  const size = ['-w', String(PROCESSES), '-t', `${THREADS}:${THREADS}`]
  const child = spawn(
    'puma',
    ['-C', '-', '-e', 'production', ...size, '-b', `tcp://127.0.0.1:${port}`, 'config.ru'],
    { cwd: fileOf('bench/contenders/puma'), stdio: ['ignore', 'ignore', 'inherit'] },
  )
  await once(child, 'spawn')
  return {
    reload: async () => {
      child.kill('SIGUSR1')
    },
    [Symbol.asyncDispose]: () => end(child),
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  const all = [...childrenOf(child.pid), child.pid]
  const timer = setTimeout(() => {
    for (const pid of all) process.kill(pid, 'SIGKILL')
  }, END_MS)
  child.kill('SIGTERM')
  await exited
  clearTimeout(timer)
}
