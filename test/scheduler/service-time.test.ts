import { expect, test } from 'vitest'
import { ServiceTimes } from '../../src/scheduler/service-time.ts'

test('nothing is expected before the first run; then each task is expected to take what its newest runs took', () => {
  const times = new ServiceTimes()
  expect(times.expectedMs('a')).toBe(0)
  times.record('a', 100)
  expect(times.expectedMs('a')).toBe(100)
  for (let run = 0; run < 50; run++) times.record('a', 300)
  times.record('b', 5)
  expect(times.expectedMs('a')).toBeCloseTo(300, 0)
  expect(times.expectedMs('b')).toBe(5)
})

test('a task that has not run is expected to be like the others', () => {
  const times = new ServiceTimes()
  times.record('a', 100)
  expect(times.expectedMs('new')).toBe(100)
})
