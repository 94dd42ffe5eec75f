import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { posix } from 'node:path'

/**
 * Cores that this process may use, at least 1: the scheduler's affinity, and the CPU quota of its
 * cgroup and of every group above it. Node's own figure leaves out quotas below one core, and on
 * older libuv all of them.
 */
export function availableCores(): number {
  return coresWithin(availableParallelism(), cgroupQuotaCores(readIfPresent))
}

/** A quota of 1.5 cores is one core: a second process would only be throttled. */
export function coresWithin(parallelism: number, quotaCores: number): number {
  return Math.max(1, Math.floor(Math.min(parallelism, quotaCores)))
}

/**
 * The smallest CPU quota above this process, in cores; Infinity where there is none.
 * Reads `cpu.max` (cgroup v2, kernel's admin-guide/cgroup-v2) and `cpu.cfs_quota_us` (v1).
 */
export function cgroupQuotaCores(read: (path: string) => string | undefined): number {
  return Math.min(v2QuotaCores(read), v1QuotaCores(read))
}

function v2QuotaCores(read: (path: string) => string | undefined): number {
  const group = /^0::(\/.*)$/m.exec(read('/proc/self/cgroup') ?? '')?.[1] ?? '/'
  let smallest = Number.POSITIVE_INFINITY
  for (let path = group; ; path = posix.dirname(path)) {
    const [quota, period] = (read(posix.join('/sys/fs/cgroup', path, 'cpu.max')) ?? 'max').split(/\s+/)
    smallest = Math.min(smallest, quotaOf(quota, period))
    if (path === '/') return smallest
  }
}

function v1QuotaCores(read: (path: string) => string | undefined): number {
  return quotaOf(read('/sys/fs/cgroup/cpu/cpu.cfs_quota_us'), read('/sys/fs/cgroup/cpu/cpu.cfs_period_us'))
}

function quotaOf(quota: string | undefined, period: string | undefined): number {
  const cores = Number.parseInt(quota ?? '', 10) / Number.parseInt(period ?? '', 10)
  return cores > 0 ? cores : Number.POSITIVE_INFINITY
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
