import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Halves the time that the command takes to start from source. */
const NODE_COMPILE_CACHE = join(root, 'node_modules/.cache/offloop-cli-tests')

export interface CliResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The `offloop` command from source, as a process of its own that ends with its test. */
export class CliProcess {
  readonly child: ChildProcess
  stdout = ''
  stderr = ''
  readonly ended: Promise<CliResult>

  /** @param release the folder of the program, which may be a link to it */
  constructor(
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    release: string = root,
  ) {
    this.child = spawn(process.execPath, [join(release, 'src/cli.ts'), ...args], {
      env: { PATH: process.env.PATH, NODE_COMPILE_CACHE, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
    })
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    this.ended = once(this.child, 'close').then(([code]) => ({
      code,
      stdout: this.stdout,
      stderr: this.stderr,
    }))
    onTestFinished(async () => {
      this.child.kill('SIGKILL')
      await this.ended
    })
  }
}

/** Runs the command to its end. */
export function runCli(
  args: readonly string[],
  environment?: Readonly<Record<string, string>>,
): Promise<CliResult> {
  return new CliProcess(args, environment).ended
}
