import { expect, test } from 'vitest'
import { isoClock } from '../../src/observability/iso-clock.ts'

test.each([0, 999, 1000, 1_795_487_732_469, 1_795_487_732_007, 1_795_487_733_000])(
  'the time %d is written as a member of a line',
  (ms) => {
    let now = ms
    const clock = isoClock(() => now)
    for (const later of [0, 1, 999, 1000]) {
      now = ms + later
      expect(clock()).toBe(`,"time":"${new Date(now).toISOString()}"`)
    }
  },
)
