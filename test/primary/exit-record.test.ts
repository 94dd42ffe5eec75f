import { expect, test } from 'vitest'
import { ExitRecord } from '../../src/primary/exit-record.ts'
import type { HttpProcessExit } from '../../src/primary/http-process-exit.ts'

const exit = (reason: HttpProcessExit['reason']): HttpProcessExit => ({
  code: 1,
  signal: null,
  reason,
  livedMs: 2600,
  servedMs: 2000,
  startFailure: undefined,
})

test('before the first end there is nothing', () => {
  const record = new ExitRecord()
  expect(record.counts).toEqual({})
  expect(record.last).toBeNull()
})

test('ends are counted by reason, and the newest one is known', () => {
  const record = new ExitRecord()
  record.add(exit('crash'), 11)
  record.add(exit('reload'), 12)
  record.add(exit('crash'), 13)
  expect(record.counts).toEqual({ crash: 2, reload: 1 })
  expect(record.last).toEqual({
    at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    pid: 13,
    reason: 'crash',
    code: 1,
    signal: null,
    livedSeconds: 3,
  })
})
