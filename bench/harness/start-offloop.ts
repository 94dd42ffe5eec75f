import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface RunningServer extends AsyncDisposable {
  readonly url: string
  /** Of the process whose children serve. */
  readonly pid: number
}

export interface RunningOffloop extends RunningServer {
  readonly opsUrl: string
}

const START_MS = 30_000

export const fileOf = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** What was built, on ports that the system chooses, with the tasks of the tests' fixtures beside its own. */
export async function startOffloop(settings: Readonly<Record<string, string>>): Promise<RunningOffloop> {
  const child = spawn(process.execPath, [fileOf('dist/src/main.js')], {
    env: {
      PATH: process.env.PATH,
      HOST: '127.0.0.1',
      PORT: '0',
      OFFLOOP_OPS_PORT: '0',
      OFFLOOP_TASKS_DIR: fileOf('test/fixtures/tasks'),
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface(child.stdout)
  const ready = Promise.withResolvers<{ url: string; opsUrl: string }>()
  lines.on('line', (line) => {
    if (line.includes('"msg":"Offloop is ready')) ready.resolve(JSON.parse(line))
  })
  child.once('exit', (code) => ready.reject(new Error(`Offloop ended with code ${code}`)))
  const timer = setTimeout(() => ready.reject(new Error('Offloop did not say that it is ready')), START_MS)
  const { url, opsUrl } = await ready.promise
  clearTimeout(timer)
  lines.close()
  // To split the log of a load into lines would take time of the process that measures.
  child.stdout.resume()
  return {
    url,
    opsUrl,
    pid: child.pid ?? -1,
    [Symbol.asyncDispose]: async () => {
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
    },
  }
}
