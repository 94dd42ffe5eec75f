import { expect, test } from 'vitest'
import { mebibytes, number, ratioCell, table } from '../../../bench/harness/table.ts'
import { targetLine } from '../../../bench/harness/target.ts'

test('a table has a line for the head, one that aligns, and one for each row', () => {
  expect(table(['', 'a', 'b'], [['x', '1', '2']])).toBe('|  | a | b |\n|---|---:|---:|\n| x | 1 | 2 |')
})

test.each([
  [undefined, '–'],
  [0, '0'],
  [0.012345, '0.0123'],
  [1.5, '1.5'],
  [99.96, '100'],
  [1234.5, '1,235'],
])('the number %s is shown as %s', (value, shown) => {
  expect(number(value)).toBe(shown)
})

test('bytes are shown in MiB', () => {
  expect(mebibytes(3 * 2 ** 20)).toBe('3 MiB')
  expect(mebibytes(undefined)).toBe('–')
})

test('a ratio is shown with its spread', () => {
  expect(ratioCell({ median: 0.934, lowest: 0.9, highest: 1 })).toBe('**0.93** (0.90 to 1.00)')
  expect(ratioCell(undefined)).toBe('–')
})

test('a target says whether it is met, and what was measured', () => {
  const target = { wanted: 'p99 under 10 ms', found: '12 ms' }
  expect(targetLine({ ...target, met: false })).toBe('- Target: p99 under 10 ms. **Missed**: 12 ms.')
  expect(targetLine({ ...target, met: true })).toContain('**Met**')
})
