import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { isatty } from 'node:tty'
import { type Command, Option } from 'commander'
import { addConnectOptions, type ConnectOptions, connect } from './connect.ts'
import { CliError, EXIT } from './failure.ts'
import { printWaiting } from './output.ts'
import { parseWhole } from './whole-number.ts'

interface FileOptions extends ConnectOptions {
  readonly slot?: number
  readonly thread?: number
  readonly seconds?: number
  readonly output?: string
}

/** `offloop profile` */
export function addProfileCommand(program: Command): void {
  const command = program
    .command('profile')
    .summary('a CPU profile of a process or a thread')
    .description(
      "Records for some seconds what the CPU time goes to, and writes a .cpuprofile for Chrome's DevTools (Performance) or speedscope. Everything else keeps serving. Ending the command ends the recording.",
    )
    .addOption(slotOption())
    .addOption(threadOption())
    .addOption(
      new Option('--seconds <number>', 'how long, up to 300')
        .argParser(parseWhole('--seconds', 1, 300))
        .default(10),
    )
    .addOption(outputOption())
  addConnectOptions(command).action((options: FileOptions) =>
    fetchFile('profile', options, `recording for ${options.seconds} s …`),
  )
}

/** `offloop heap-snapshot` */
export function addHeapSnapshotCommand(program: Command): void {
  const command = program
    .command('heap-snapshot')
    .summary('what a process or a thread holds in memory')
    .description(
      "Writes a .heapsnapshot for Chrome's DevTools (Memory). What is looked at stands still meanwhile, for seconds where its heap is large. The file has everything that is in that memory, secrets and data of clients too.",
    )
    .addOption(slotOption())
    .addOption(threadOption())
    .addOption(outputOption())
  addConnectOptions(command).action((options: FileOptions) =>
    fetchFile('heap-snapshot', options, 'taking the snapshot …'),
  )
}

/** `offloop report` */
export function addReportCommand(program: Command): void {
  const command = program
    .command('report')
    .summary("Node's diagnostic report of a process")
    .description(
      'Writes the diagnostic report of Node.js as JSON: stacks, heap, limits, open handles, libraries. Without variables of the environment.',
    )
    .addOption(slotOption())
    .addOption(outputOption())
  addConnectOptions(command).action((options: FileOptions) =>
    fetchFile('report', options, 'asking for the report …'),
  )
}

async function fetchFile(path: string, options: FileOptions, waiting: string): Promise<void> {
  const { slot, thread, seconds, output } = options
  if (output === undefined && isatty(STDOUT_FD)) {
    throw new CliError(
      EXIT.usage,
      'Cannot write so much to a terminal: expected --output <file>, or a redirection such as > file',
    )
  }
  const client = connect(options)
  printWaiting(waiting)
  await client.file(withQuery(path, { slot, thread, seconds }), (file) =>
    output === undefined ? toStandardOutput(file) : toFile(file, output),
  )
}

const STDOUT_FD = 1

function withQuery(path: string, parameters: Readonly<Record<string, number | undefined>>): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined)
  return `${path}?${given.map(([name, value]) => `${name}=${value}`).join('&')}`
}

async function toStandardOutput(file: Readable): Promise<void> {
  try {
    await pipeline(file, process.stdout)
  } catch (error) {
    // Nobody reads any more, as with `| head`.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw cutOff(error)
  }
}

/** Half a file is worse than none. */
async function toFile(file: Readable, name: string): Promise<void> {
  try {
    await pipeline(file, createWriteStream(name))
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException
    if (path !== undefined) {
      throw new CliError(EXIT.usage, `Cannot use --output: expected a file that can be written (${code})`)
    }
    await rm(name, { force: true })
    throw cutOff(error)
  }
}

function cutOff(error: unknown): CliError {
  return new CliError(EXIT.failed, `The answer was cut off: ${(error as Error).message}`, { cause: error })
}

function slotOption(): Option {
  return new Option('--slot <number>', 'the process of this slot (default: the primary)').argParser(
    parseWhole('--slot', 0, 511),
  )
}

function threadOption(): Option {
  return new Option('--thread <number>', 'one thread of it (default: its main thread)').argParser(
    parseWhole('--thread', 0, 127),
  )
}

function outputOption(): Option {
  return new Option('--output <file>', 'where to write it (default: standard output)')
}
