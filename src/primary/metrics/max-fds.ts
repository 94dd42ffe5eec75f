import { readFileSync } from 'node:fs'

/**
 * How many file descriptors this process may have open, and so each that it forks; null where the system does not
 * tell, or has no limit.
 */
export function maxFds(): number | null {
  return parseMaxFds(ownLimits())
}

/** @param limits see proc_pid_limits(5) */
export function parseMaxFds(limits: string): number | null {
  const [, soft] = /^Max open files\s+(\d+)/m.exec(limits) ?? []
  return soft === undefined ? null : Number(soft)
}

function ownLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8')
  } catch {
    return ''
  }
}
