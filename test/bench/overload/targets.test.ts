import { expect, test } from 'vitest'
import { targets } from '../../../bench/overload/targets.ts'

const point = (rate: number, round: number, goodPerSecond: number, more: Record<string, number> = {}) => ({
  contender: 'Offloop',
  variant: `${rate} ×`,
  round,
  figures: { goodPerSecond, refusalP99Ms: 5, acceptedP99Ms: 800, ...more },
})
const lines = (...rows: Parameters<typeof targets>[0][number][]) => targets(rows, 'Offloop').split('\n')

test('goodput under five times the load is compared with the peak of its round', () => {
  const [goodput] = lines(point(1, 1, 100), point(5, 1, 95), point(1, 2, 10), point(5, 2, 9.2))
  expect(goodput).toContain('**Met**: 92 % (92 % to 95 %)')
  expect(lines(point(1, 1, 100), point(5, 1, 89))[0]).toContain('**Missed**: 89 %')
})

test('goodput that was not measured does not meet its target', () => {
  expect(lines(point(1, 1, 100))[0]).toContain('**Missed**')
})

test('the slowest refusals of all rates decide', () => {
  const [, refusals] = lines(point(5, 1, 1), point(10, 1, 1, { refusalP99Ms: 10.5 }))
  expect(refusals).toContain('**Missed**: 10.5 ms at most, at 10 ×')
})

test('the slowest accepted requests of all rates decide', () => {
  const [, , accepted] = lines(point(5, 1, 1, { acceptedP99Ms: 900 }), point(10, 1, 1))
  expect(accepted).toContain('**Met**: 900 ms at most, at 5 ×')
})

test('what others did, and the closed loop, do not count', () => {
  const other = { ...point(10, 1, 500), contender: 'another' }
  const closed = { ...point(0, 1, 500), variant: 'closed loop' }
  expect(lines(point(1, 1, 100), point(5, 1, 95), other, closed)[0]).toContain('95 %')
})
