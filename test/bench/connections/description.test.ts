import { expect, test } from 'vitest'
import type { BenchmarkResult, Row } from '../../../bench/harness/benchmark.ts'
import { describe, plot } from '../../../bench/connections/description.ts'
import { WAYS } from '../../../bench/connections/contenders.ts'

const VARIANT = 'GET /livez, kept'
const rowsOf = (tcpMigrateReq: number): Row[] =>
  WAYS.flatMap(({ name: contender }, place) => [
    {
      contender,
      variant: VARIANT,
      round: 1,
      figures: { perSecond: 1000 * (place + 1), p99Ms: 5, busiestShare: 0.5 + place / 10, tcpMigrateReq },
    },
    { contender, variant: 'reloads', round: 1, figures: { reloads: 3, requests: 500, lost: place } },
    { contender, variant: 'reloads', round: 2, figures: { reloads: 3, requests: 500, lost: place } },
  ])
const resultOf = (rows: readonly Row[]): BenchmarkResult => {
  const machine = { date: '2026-11-25', cores: 2, cpu: 'some', node: 'v26', load: [0, 0] } as const
  return { name: 'connections', effort: { rounds: 2, seconds: 8 }, machine, rows }
}

test('the page says how uneven connections fall, and what reloads lost in all rounds', () => {
  const text = describe(resultOf(rowsOf(0)))
  expect(text).toContain('Offloop, shared handle 60 % (at most 60 %)')
  expect(text).toContain('Offloop, reuse-port 4 of 1,000 in 6 reloads')
  expect(text).toContain('3.00 (GET /livez, kept)')
})

test('reloads have no line in the table and no bar', () => {
  expect(describe(resultOf(rowsOf(0)))).not.toContain('| reloads')
  expect(plot(resultOf(rowsOf(0)))).not.toContain('reloads')
})

test('the page says by the switch of the kernel what it means for a reload', () => {
  expect(describe(resultOf(rowsOf(0)))).toContain('was 0 here: a listening socket that closes resets')
  expect(describe(resultOf(rowsOf(1)))).toContain('was 1 here: a listening socket that closes passes on')
})
