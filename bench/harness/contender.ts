import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileOf, type RunningServer, startOffloop } from './start-offloop.ts'

/** A server that is measured. */
export interface Contender {
  readonly name: string
  /** Where it takes what all contenders are asked for. */
  readonly path: string
  /** @param settings environment variables that are this run's own */
  start(settings?: Readonly<Record<string, string>>): Promise<RunningServer>
}

/** Processes and threads in each, the same for all contenders. */
export interface Size {
  readonly processes: number
  readonly threads: number
}

/** A program of `bench/contenders/`: it listens on any port and tells which to its parent. */
export function program(
  name: string,
  file: string,
  path: string,
  { processes, threads }: Size,
  own: Readonly<Record<string, string>> = {},
): Contender {
  const environment = { PROCESSES: String(processes), THREADS: String(threads), ...own }
  return { name, path, start: (settings) => startProgram(file, { ...environment, ...settings }) }
}

/** What was built from this folder, with its defaults but for its size. */
export function offloop(
  path: string,
  { processes, threads }: Size,
  own: Readonly<Record<string, string>> = {},
  name = 'Offloop',
): Contender {
  const environment = { OFFLOOP_PROCESSES: String(processes), OFFLOOP_THREADS: String(threads), ...own }
  return { name, path, start: (settings) => startOffloop({ ...environment, ...settings }) }
}

async function startProgram(
  file: string,
  settings: Readonly<Record<string, string>>,
): Promise<RunningServer> {
  const child = fork(fileOf(`bench/contenders/${file}`), {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...settings },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  // Its log, which somebody has to take.
  child.stdout?.resume()
  const told = once(child, 'message') as Promise<[{ port: number }]>
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${file} ended with code ${code}`)
  })
  const [{ port }] = await Promise.race([told, ended])
  ended.catch(() => {})
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid ?? -1,
    [Symbol.asyncDispose]: async () => {
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
    },
  }
}
