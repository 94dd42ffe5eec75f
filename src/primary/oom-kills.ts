import { readFileSync } from 'node:fs'

/** Where the kernel counts the processes that it killed in this control group: version 2, then 1. */
const COUNTERS = ['/sys/fs/cgroup/memory.events', '/sys/fs/cgroup/memory/memory.oom_control']

/**
 * Processes that the kernel has killed for want of memory in this container; 0 where it does not tell,
 * as outside of containers.
 */
export function oomKills(read: (path: string) => string = readText): number {
  for (const path of COUNTERS) {
    const count = /^oom_kill (\d+)$/m.exec(read(path))?.[1]
    if (count !== undefined) return Number(count)
  }
  return 0
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
