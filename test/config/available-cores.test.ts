import { expect, test } from 'vitest'
import { availableCores, cgroupQuotaCores, coresWithin } from '../../src/config/available-cores.ts'

const files = (contents: Record<string, string>) => (path: string) => contents[path]

test('a machine without quotas has no limit', () => {
  expect(cgroupQuotaCores(files({}))).toBe(Number.POSITIVE_INFINITY)
  expect(cgroupQuotaCores(files({ '/sys/fs/cgroup/cpu.max': 'max 100000\n' }))).toBe(Number.POSITIVE_INFINITY)
})

test("a container's quota is read from the root of its own cgroup tree", () => {
  expect(cgroupQuotaCores(files({ '/sys/fs/cgroup/cpu.max': '250000 100000\n' }))).toBe(2.5)
})

test('the smallest quota of all groups above the process counts', () => {
  const read = files({
    '/proc/self/cgroup': '0::/system.slice/offloop.service\n',
    '/sys/fs/cgroup/system.slice/offloop.service/cpu.max': '400000 100000\n',
    '/sys/fs/cgroup/system.slice/cpu.max': '150000 100000\n',
    '/sys/fs/cgroup/cpu.max': 'max 100000\n',
  })
  expect(cgroupQuotaCores(read)).toBe(1.5)
})

test('cgroup v1 quotas count, and -1 is none', () => {
  const v1 = (quota: string) =>
    files({
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': quota,
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    })
  expect(cgroupQuotaCores(v1('50000\n'))).toBe(0.5)
  expect(cgroupQuotaCores(v1('-1\n'))).toBe(Number.POSITIVE_INFINITY)
})

test.each([
  [8, Number.POSITIVE_INFINITY, 8],
  [8, 2.5, 2],
  [2, 4, 2],
  [8, 0.5, 1],
])('%i cores with a quota of %d make %i processes', (parallelism, quota, expected) => {
  expect(coresWithin(parallelism, quota)).toBe(expected)
})

test('this machine has at least one core', () => {
  expect(availableCores()).toBeGreaterThanOrEqual(1)
})
