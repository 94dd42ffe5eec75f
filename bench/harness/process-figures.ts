import { readdirSync, readFileSync } from 'node:fs'

/** User and system time of a process and its children, in seconds; Linux tells it in hundredths. */
export function cpuSeconds(pid: number): number {
  return [pid, ...childrenOf(pid)].reduce((sum, each) => {
    // Behind the name, which may have spaces in it.
    const fields = readFileSync(`/proc/${each}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return sum + (Number(fields[11]) + Number(fields[12])) / 100
  }, 0)
}

/** Resident memory of a process and its children; what they share counts more than once. */
export function residentBytes(pid: number): number {
  return [pid, ...childrenOf(pid)].reduce((sum, each) => sum + residentBytesAlone(each), 0)
}

/** Resident memory of one process. */
export function residentBytesAlone(pid: number): number {
  const [, kib = '0'] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kib) * 1024
}

export function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return text === '' ? [] : text.split(' ').map(Number)
}

/** Open descriptors of each child: what more there are under a load than before it are its connections. */
export function descriptorsOfChildren(pid: number): Map<number, number> {
  return new Map(childrenOf(pid).map((each) => [each, readdirSync(`/proc/${each}/fd`).length]))
}
