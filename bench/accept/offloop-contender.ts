import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ClusterStatus, ReloadVerdict } from '../../src/protocol/operators-api.ts'

const mainFile = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url))
const tasksDir = fileURLToPath(new URL('../../test/fixtures/tasks', import.meta.url))
const PROCESSES = 2

export interface RunningContender extends AsyncDisposable {
  readonly url: string
  /** Replaces both processes. Settles when it is over, as its operator sees it. */
  reload(): Promise<void>
  /** Throws where not every process has been replaced this often. */
  checkReloads(count: number): Promise<void>
}

/** Starts what was built, with its default settings but for the number of processes and those given. */
export async function startOffloop(settings: Record<string, string> = {}): Promise<RunningContender> {
  const child = spawn(process.execPath, [mainFile], {
    env: {
      PATH: process.env.PATH,
      HOST: '127.0.0.1',
      PORT: '0',
      OFFLOOP_OPS_PORT: '0',
      OFFLOOP_PROCESSES: String(PROCESSES),
      OFFLOOP_TASKS_DIR: tasksDir,
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const { url, opsUrl } = await readyLine(child)
  return {
    url,
    reload: () => reload(opsUrl),
    checkReloads: (count) => checkExits(opsUrl, count * PROCESSES),
    [Symbol.asyncDispose]: async () => {
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
    },
  }
}

interface Addresses {
  readonly url: string
  readonly opsUrl: string
}

/** Waits for the line that says where it listens. The lines after it are read and thrown away. */
async function readyLine(child: ChildProcess): Promise<Addresses> {
  if (!child.stdout) throw new Error('The standard output of Offloop is not a pipe')
  const lines = createInterface(child.stdout)
  const ready = Promise.withResolvers<Addresses>()
  lines.on('line', (line) => {
    if (line.includes('"msg":"Offloop is ready')) ready.resolve(JSON.parse(line) as Addresses)
  })
  child.once('exit', (code) => ready.reject(new Error(`Offloop ended with code ${code}`)))
  return ready.promise
}

async function reload(opsUrl: string): Promise<void> {
  const response = await fetch(`${opsUrl}/reload`, { method: 'POST' })
  const verdict = (await response.json()) as ReloadVerdict
  if (response.status !== 200 || verdict.slots.some(({ outcome }) => outcome !== 'replaced')) {
    throw new Error(`The reload failed: ${JSON.stringify(verdict)}`)
  }
}

async function checkExits(opsUrl: string, expected: number): Promise<void> {
  const status = (await (await fetch(`${opsUrl}/status`)).json()) as ClusterStatus
  const { reload: replaced = 0, ...others } = status.exits
  if (replaced !== expected || Object.keys(others).length > 0) {
    throw new Error(`Expected ${expected} ends by reload and no others, got ${JSON.stringify(status.exits)}`)
  }
}
