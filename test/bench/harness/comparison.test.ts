import { expect, test } from 'vitest'
import type { Row } from '../../../bench/harness/benchmark.ts'
import { contendersOf, ratioOf, spread, spreadOf, variantsOf } from '../../../bench/harness/comparison.ts'

const row = (contender: string, round: number, perSecond: number, variant = 'log off'): Row => {
  return { contender, variant, round, figures: { perSecond } }
}
const of = (contender: string, variant = 'log off') => ({ contender, variant })

test('a spread is the middle of the rounds, the lowest and the highest', () => {
  const rows = [row('a', 1, 30), row('a', 2, 10), row('a', 3, 20), row('b', 1, 99), row('a', 1, 99, 'log on')]
  expect(spreadOf(rows, of('a'), 'perSecond')).toEqual({ median: 20, lowest: 10, highest: 30 })
})

test('what was not measured has no spread', () => {
  expect(spread([])).toBeUndefined()
  expect(spreadOf([row('a', 1, 30)], of('b'), 'perSecond')).toBeUndefined()
  expect(spreadOf([row('a', 1, 30)], of('a'), 'p99Ms')).toBeUndefined()
})

test('a ratio is taken within each round, whatever the rounds are like', () => {
  const rows = [row('a', 1, 10), row('b', 1, 20), row('b', 2, 2000), row('a', 2, 1000)]
  expect(ratioOf(rows, of('a'), of('b'), 'perSecond')).toEqual({ median: 0.5, lowest: 0.5, highest: 0.5 })
})

test('a round that only one of both has, or in which the other did nothing, is in no ratio', () => {
  const rows = [row('a', 1, 10), row('a', 2, 10), row('b', 2, 0), row('a', 3, 10), row('b', 3, 5)]
  expect(ratioOf(rows, of('a'), of('b'), 'perSecond')).toEqual({ median: 2, lowest: 2, highest: 2 })
  expect(ratioOf(rows.slice(0, 3), of('a'), of('b'), 'perSecond')).toBeUndefined()
})

test('contenders and variants stand in the order in which they were measured', () => {
  const rows = [row('b', 1, 1, 'y'), row('a', 1, 1, 'y'), row('b', 1, 1, 'x'), row('a', 2, 1, 'x')]
  expect(contendersOf(rows)).toEqual(['b', 'a'])
  expect(variantsOf(rows)).toEqual(['y', 'x'])
})
