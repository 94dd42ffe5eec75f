import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type {
  ClusterStatus,
  ReloadVerdict,
  ScaleVerdict,
  SlotStatus,
} from '../../src/protocol/operators-api.ts'
import { until } from './until.ts'

/** The built program: what ships is what is tested. `npm test` builds it first. */
export const mainFile = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url))
/** The program with a main thread that misbehaves when told to. */
export const misbehaving = [
  process.execPath,
  '--import',
  new URL('../fixtures/misbehave.ts', import.meta.url).href,
  mainFile,
] as const
export const builtFixtureTasksDir = fileURLToPath(new URL('../fixtures/tasks', import.meta.url))

export interface LogLine {
  readonly msg?: string
  readonly level?: string
  readonly [field: string]: unknown
}

/** What the operators' server answers to a control verb. */
export interface ControlAnswer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A real primary with its HTTP processes, started as a user would. */
export class Cluster implements AsyncDisposable {
  readonly child: ChildProcess
  readonly lines: LogLine[] = []
  stderr = ''
  readonly exited: Promise<Exit>
  url = ''
  opsUrl = ''

  /** @param atEnd called with what is to be done when the test is over; else who starts it has to dispose of it */
  constructor(
    settings: Record<string, string>,
    command: readonly string[] = [process.execPath, mainFile],
    atEnd: (dispose: () => Promise<void>) => void = onTestFinished,
  ) {
    const [program = '', ...args] = command
    this.child = spawn(program, args, {
      env: {
        PATH: process.env.PATH,
        PORT: '0',
        HOST: '127.0.0.1',
        OFFLOOP_OPS_PORT: '0',
        // Clients that keep their connections would otherwise hold up the end of each test.
        OFFLOOP_DRAIN_IDLE_MS: '50',
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    // A test that runs out of time does not come to the end of its `await using`.
    atEnd(() => this[Symbol.asyncDispose]())
    this.exited = once(this.child, 'exit').then(([code, signal]) => ({ code, signal }))
    this.child.stderr?.on('data', (chunk) => {
      this.stderr += chunk
    })
    if (this.child.stdout) {
      createInterface(this.child.stdout).on('line', (line) => this.lines.push(parseLine(line)))
    }
  }

  get pid(): number {
    return this.child.pid ?? -1
  }

  /** Waits until the cluster says that it is ready. */
  async ready(): Promise<this> {
    const line = await until(
      `the cluster to be ready; stderr: ${this.stderr}`,
      () => this.lines.find(({ msg }) => msg?.startsWith('Offloop is ready')) ?? this.#failIfExited(),
    )
    this.url = String(line.url)
    this.opsUrl = String(line.opsUrl)
    return this
  }

  async status(): Promise<ClusterStatus> {
    const response = await fetch(`${this.opsUrl}/status`)
    return (await response.json()) as ClusterStatus
  }

  async slots(): Promise<readonly SlotStatus[]> {
    return (await this.status()).slots
  }

  /** Asks the operators' server for something, as `POST /reload`. */
  async control(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<ControlAnswer> {
    const response = await fetch(`${this.opsUrl}${path}`, {
      method: 'POST',
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: (await response.json()) as ControlAnswer['body'] }
  }

  /** Reloads, and throws where that fails. */
  reload(): Promise<ReloadVerdict> {
    return this.#succeed<ReloadVerdict>('/reload')
  }

  /** Scales to this many HTTP processes, and throws where that fails. */
  scale(processes: number): Promise<ScaleVerdict> {
    return this.#succeed<ScaleVerdict>('/scale', { processes })
  }

  /** The process of each slot, in order; waits until all are ready. */
  async pids(): Promise<number[]> {
    const slots = await until('all slots to be ready', async () => {
      const all = await this.slots()
      return all.every(({ state }) => state === 'ready') && all
    })
    return slots.map(({ pid }) => pid ?? -1)
  }

  /** Calls a task with a JSON body, on a connection of its own. */
  task(name: string, input: unknown = {}, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.url}/api/tasks/${name}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Connection: 'close' },
      body: JSON.stringify(input),
      ...init,
    })
  }

  line(msg: string): LogLine | undefined {
    return this.lines.find((line) => line.msg === msg)
  }

  /** Waits for the log line that says how a process ended. */
  ended(childPid: number): Promise<LogLine> {
    const words = ['HTTP process ended', 'HTTP process died']
    return until(`the end of ${childPid}`, () =>
      this.lines.find((line) => words.includes(line.msg ?? '') && line.childPid === childPid),
    )
  }

  /** Waits for the end of standard output: of the primary, and of all that it has started. */
  async allRead(): Promise<void> {
    await until('the end of the log', () => this.child.stdout?.readableEnded)
  }

  /** Sends a signal to the primary and waits for its end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    this.child.kill(signal)
    return this.exited
  }

  /** Ends whatever this test started and is still there, children included. */
  async [Symbol.asyncDispose](): Promise<void> {
    const children = childrenOf(this.pid)
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL')
    for (const pid of children) killIfThere(pid)
    await this.exited
  }

  async #succeed<Verdict>(path: string, body?: unknown): Promise<Verdict> {
    const answer = await this.control(path, body)
    if (answer.status !== 200) {
      throw new Error(`POST ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`)
    }
    return answer.body as unknown as Verdict
  }

  #failIfExited(): undefined {
    if (this.child.exitCode === null) return undefined
    throw new Error(`The cluster ended with code ${this.child.exitCode}: ${this.stderr}`)
  }
}

export function startCluster(
  settings: Record<string, string> = {},
  command?: readonly string[],
): Promise<Cluster> {
  return new Cluster({ OFFLOOP_TASKS_DIR: builtFixtureTasksDir, ...settings }, command).ready()
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // A zombie has ended; only its parent has not asked yet.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

/** The processes that a process has forked and that are still there. */
export function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(/\s+/)
      .filter(Boolean)
      .map(Number)
  } catch {
    return []
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

function parseLine(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine
  } catch {
    return { msg: line }
  }
}
