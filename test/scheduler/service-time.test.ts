import { expect, test } from 'vitest'
import { retryAfterSeconds, ServiceTime } from '../../src/scheduler/service-time.ts'

test('the mean is unknown before the first run, and then follows the newest runs', () => {
  const serviceTime = new ServiceTime()
  expect(serviceTime.meanMs).toBeUndefined()
  serviceTime.record(100)
  expect(serviceTime.meanMs).toBe(100)
  for (let run = 0; run < 50; run++) serviceTime.record(300)
  expect(serviceTime.meanMs).toBeCloseTo(300, 0)
})

test.each([
  { ahead: 10, threads: 2, meanMs: 1000, seconds: 5 },
  { ahead: 10, threads: 2, meanMs: 900, seconds: 5 },
  { ahead: 1, threads: 4, meanMs: 10, seconds: 1 },
  { ahead: 64, threads: 2, meanMs: undefined, seconds: 1 },
  { ahead: 10_000, threads: 1, meanMs: 30_000, seconds: 60 },
])(
  '$ahead runs of $meanMs ms ahead on $threads threads are over in $seconds s',
  ({ ahead, threads, meanMs, seconds }) => {
    expect(retryAfterSeconds(ahead, threads, meanMs)).toBe(seconds)
  },
)
