import { expect, test } from 'vitest'
import { oomKills } from '../../src/primary/oom-kills.ts'

const files = (contents: Record<string, string>) => (path: string) => contents[path] ?? ''

test("the kernel's kills are read from the control group of version 2", () => {
  const events = 'low 0\nhigh 0\nmax 12\noom 4\noom_kill 3\noom_group_kill 1\n'
  expect(oomKills(files({ '/sys/fs/cgroup/memory.events': events }))).toBe(3)
})

test('or from that of version 1', () => {
  const control = 'oom_kill_disable 0\nunder_oom 0\noom_kill 7\n'
  expect(oomKills(files({ '/sys/fs/cgroup/memory/memory.oom_control': control }))).toBe(7)
})

test('where the kernel does not tell, there was none', () => {
  expect(oomKills(files({}))).toBe(0)
  expect(oomKills(files({ '/sys/fs/cgroup/memory.events': 'low 0\noom_group_kill 1\n' }))).toBe(0)
})

test('on this machine it is a number', () => {
  expect(oomKills()).toBeGreaterThanOrEqual(0)
})
