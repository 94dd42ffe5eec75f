import type { ReloadVerdict, ScaleVerdict, SlotOutcome } from '../protocol/operators-api.ts'
import { ProblemAnswerError } from './failure.ts'
import type { Answer } from './ops-client.ts'
import { print } from './output.ts'
import { counted, formatDuration } from './units.ts'

type Verdict = ReloadVerdict | ScaleVerdict

/**
 * Waits for the verdict of a reload or of scaling and prints it: a line for each slot, then how it
 * went; or the JSON as it came, that of an error too.
 *
 * @throws {CliError} where it failed: its sentence and exit code end the command
 */
export async function reportVerdict(operation: Promise<Answer<Verdict>>, json: boolean): Promise<void> {
  try {
    const { text, body } = await operation
    print(json ? text : formatVerdict(body))
  } catch (error) {
    if (error instanceof ProblemAnswerError) {
      const lines = slotsOf(error.body).map(formatOutcome)
      if (json) print(error.text)
      else if (lines.length > 0) print(lines.join('\n'))
    }
    throw error
  }
}

/** A line for each slot, and the sum. */
export function formatVerdict(verdict: Verdict): string {
  return [...verdict.slots.map(formatOutcome), summaryOf(verdict)].join('\n')
}

function formatOutcome({ slot, outcome, oldPid, newPid, readyMs, reason }: SlotOutcome): string {
  const pids = [oldPid, newPid].filter((pid) => pid !== null)
  const facts = [
    outcome,
    ...(pids.length > 0 ? [`pid ${pids.join(' -> ')}`] : []),
    ...(readyMs === null ? [] : [`ready after ${formatDuration(readyMs)}`]),
  ]
  return `slot ${slot}: ${facts.join(', ')}${reason === null ? '' : `: ${reason}`}`
}

function summaryOf(verdict: Verdict): string {
  const took = `in ${formatDuration(verdict.durationMs)}`
  if (!('processes' in verdict)) {
    const replaced = verdict.slots.filter(({ outcome }) => outcome === 'replaced' || outcome === 'started')
    return `${verdict.verdict} ${counted(replaced.length, 'process', 'processes')} ${took}`
  }
  const { processesBefore, processes } = verdict
  const now = counted(processes, 'process', 'processes')
  return processesBefore === processes
    ? `nothing to do: ${now}`
    : `${verdict.verdict} from ${processesBefore} to ${now} ${took}`
}

/** A failed verdict comes as problem+json that carries the slots; other errors have none. */
function slotsOf({ slots }: Readonly<Record<string, unknown>>): readonly SlotOutcome[] {
  return Array.isArray(slots) ? (slots as SlotOutcome[]) : []
}
