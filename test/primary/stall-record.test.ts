import { expect, test } from 'vitest'
import { StallTotals } from '../../src/observability/stall-totals.ts'
import { StallRecord } from '../../src/primary/stall-record.ts'

function summaryOf(ms: number) {
  const totals = new StallTotals()
  totals.add({ ms, at: '2026-05-01T12:00:00.000Z', where: 'spin (a.ts:1:1)' })
  return totals.summary()
}

test('a process that ends takes nothing of what it had counted along', () => {
  const record = new StallRecord()
  record.add(summaryOf(100), undefined)
  expect(record.summary([summaryOf(30)])).toMatchObject({
    count: 2,
    totalMs: 130,
    places: [{ where: 'spin (a.ts:1:1)', count: 2, longestMs: 100 }],
  })
  expect(record.summary([])).toMatchObject({ count: 1, totalMs: 100 })
})

test('the stall that a process ended in counts', () => {
  const record = new StallRecord()
  record.add(undefined, { ms: 9000, where: 'forever (a.ts:1:1)' })
  record.add(undefined, { ms: 2000, where: undefined })
  expect(record.summary([])).toMatchObject({
    count: 2,
    totalMs: 11_000,
    places: [{ where: 'forever (a.ts:1:1)' }],
    unknown: { count: 1 },
  })
})
