import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileOf, type RunningServer, startOffloop } from '../harness/start-offloop.ts'

/** A server with the task `busy`, two processes of one thread each. */
export interface Contender {
  readonly name: string
  /** What it is, for the report. */
  readonly description: string
  readonly path: string
  readonly lightPath: string
  start(): Promise<RunningServer>
}

const PROCESSES = '2'
const THREADS = '1'

export const contenders: readonly Contender[] = [
  {
    name: 'offloop',
    description: 'Offloop',
    path: '/api/tasks/busy',
    lightPath: '/livez',
    start: () => startOffloop({ OFFLOOP_PROCESSES: PROCESSES, OFFLOOP_THREADS: THREADS }),
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

async function startExpress(settings: Record<string, string>): Promise<RunningServer> {
  const child = fork(fileOf('bench/contenders/express-piscina.mjs'), {
    env: { PATH: process.env.PATH, PROCESSES, THREADS, ...settings },
  })
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  return running(child, `http://127.0.0.1:${port}`)
}

function running(child: ChildProcess, url: string): RunningServer {
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
