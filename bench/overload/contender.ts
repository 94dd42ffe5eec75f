import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A server with the task `busy`, two processes of one thread each. */
export interface Contender {
  readonly name: string
  /** What it is, for the report. */
  readonly description: string
  readonly path: string
  readonly lightPath: string
  start(): Promise<RunningContender>
}

export interface RunningContender extends AsyncDisposable {
  readonly url: string
  /** Of the process whose children serve. */
  readonly pid: number
}

const PROCESSES = '2'
const THREADS = '1'
const fileOf = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

export const contenders: readonly Contender[] = [
  {
    name: 'offloop',
    description: 'Offloop',
    path: '/api/tasks/busy',
    lightPath: '/livez',
    start: startOffloop,
  },
  {
    name: 'piscina',
    description: 'Express + Piscina, its defaults (`maxQueue: Infinity`)',
    path: '/busy',
    lightPath: '/',
    start: () => startExpress({}),
  },
  {
    name: 'piscina-auto',
    description: "Express + Piscina, `maxQueue: 'auto'`, 503 beyond it",
    path: '/busy',
    lightPath: '/',
    start: () => startExpress({ MAX_QUEUE: 'auto' }),
  },
]

/** What was built, with its default settings but for processes and threads. */
async function startOffloop(): Promise<RunningContender> {
  const child = spawn(process.execPath, [fileOf('dist/src/main.js')], {
    env: {
      PATH: process.env.PATH,
      HOST: '127.0.0.1',
      PORT: '0',
      OFFLOOP_OPS_PORT: '0',
      OFFLOOP_PROCESSES: PROCESSES,
      OFFLOOP_THREADS: THREADS,
      OFFLOOP_TASKS_DIR: fileOf('test/fixtures/tasks'),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface(child.stdout)
  const ready = Promise.withResolvers<string>()
  lines.on('line', (line) => {
    if (line.includes('"msg":"Offloop is ready')) ready.resolve((JSON.parse(line) as { url: string }).url)
  })
  child.once('exit', (code) => ready.reject(new Error(`Offloop ended with code ${code}`)))
  const url = await ready.promise
  lines.close()
  // To split the log of a load into lines would take time of the process that measures.
  child.stdout.resume()
  return running(child, url)
}

async function startExpress(settings: Record<string, string>): Promise<RunningContender> {
  const child = fork(fileOf('bench/contenders/express-piscina.mjs'), {
    env: { PATH: process.env.PATH, PROCESSES, THREADS, ...settings },
  })
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  return running(child, `http://127.0.0.1:${port}`)
}

function running(child: ChildProcess, url: string): RunningContender {
  if (child.pid === undefined) throw new Error('A process that serves has no pid')
  return {
    url,
    pid: child.pid,
    [Symbol.asyncDispose]: async () => {
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
    },
  }
}
