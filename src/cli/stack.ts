import { type Command, Option } from 'commander'
import type { StackAnswer } from '../protocol/operators-api.ts'
import { addConnectOptions, type ConnectOptions, connect } from './connect.ts'
import { type Paint, print, terminalPaint } from './output.ts'
import { formatDuration } from './units.ts'
import { parseWhole } from './whole-number.ts'

interface StackOptions extends ConnectOptions {
  readonly slot: number
  readonly json?: true
}

/** `offloop stack` */
export function addStackCommand(program: Command): void {
  const command = program
    .command('stack')
    .summary('where the event loop of a process is now, also when it hangs')
    .description(
      'Asks where the main thread of an HTTP process is at this moment. It is answered too where that hangs in a loop.',
    )
    .addOption(
      new Option('--slot <number>', 'the process of this slot')
        .argParser(parseWhole('--slot', 0, 511))
        .makeOptionMandatory(),
    )
    .option('--json', 'print the answer as JSON, as it came')
  addConnectOptions(command).action(async (options: StackOptions) => {
    const { text, body } = await connect(options).stack(options.slot)
    print(options.json ? text : formatStack(body, terminalPaint))
  })
}

/** At a turn of the loop or two, nothing stands still. */
const WORTH_TELLING_MS = 50

/** What it does, and the calls that led there, the innermost first. */
export function formatStack({ slot, pid, state, stalledMs, stack }: StackAnswer, paint: Paint): string {
  const since =
    stalledMs >= WORTH_TELLING_MS ? `, its event loop stands still for ${formatDuration(stalledMs)}` : ''
  const title = `slot ${slot}, pid ${pid}: ${WORDS[state]}${since}`
  return [paint('bold', title), ...stack.map((line) => `  at ${line}`)].join('\n')
}

const WORDS: Readonly<Record<StackAnswer['state'], string>> = {
  running: 'runs JavaScript',
  idle: 'waits for something to do',
  native: 'in native code, or without a CPU: it has not answered',
}
