import { ABORTED_EXIT_CODE, type ExitFacts } from './exit-reason.ts'

/** What neither the primary nor an operator sends: native code, V8 or the kernel ended a process for what it did. */
const FAULTS: readonly (NodeJS.Signals | null)[] = [
  'SIGABRT',
  'SIGSEGV',
  'SIGBUS',
  'SIGILL',
  'SIGFPE',
  'SIGTRAP',
]

/**
 * Whether a process may have died of what ran on it.
 *
 * Not where its end had been announced (a reload, a limit, silence, an error in its own code), unless it
 * was a fault all the same: an input can abort a process that drains. A SIGKILL that nobody announced
 * counts. From here the kernel's killer, outside of containers, and a task that kills look like an
 * operator; what that operator's kill costs is a suspicion, which the next run to complete takes away.
 */
export function runsAreToBlame({ code, signal, announced }: Omit<ExitFacts, 'oomKilled'>): boolean {
  return announced === undefined || FAULTS.includes(signal) || code === ABORTED_EXIT_CODE
}
