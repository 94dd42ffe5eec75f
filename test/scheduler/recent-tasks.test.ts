import { expect, test } from 'vitest'
import { RecentTasks } from '../../src/scheduler/recent-tasks.ts'

test('the tasks of the last minute are known, the latest first', () => {
  const recent = new RecentTasks()
  expect(recent.names(0)).toEqual([])
  recent.record('rare', 0)
  recent.record('hash', 30_000)
  recent.record('resize', 40_000)
  recent.record('hash', 50_000)
  expect(recent.names(59_999)).toEqual(['hash', 'resize', 'rare'])
  expect(recent.names(60_000)).toEqual(['hash', 'resize'])
  expect(recent.names(110_000)).toEqual([])
})
