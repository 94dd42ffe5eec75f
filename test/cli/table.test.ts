import { expect, test } from 'vitest'
import { formatTable, formatTableToWidth, wrap } from '../../src/cli/table.ts'

const COLUMNS = [{ title: 'NAME' }, { title: 'SIZE', align: 'right' }, { title: 'WHAT' }] as const

test('columns are as wide as their widest cell, numbers flush right, no space at the end of a line', () => {
  expect(
    formatTable(COLUMNS, [
      ['a', '1', 'first'],
      ['longer', '12345', ''],
    ]),
  ).toEqual(['NAME     SIZE  WHAT', 'a           1  first', 'longer  12345'])
})

test('a cell of several lines makes its row as high', () => {
  expect(
    formatTable(COLUMNS, [
      ['a', ['1', '2'], 'text'],
      ['b', '3', []],
    ]),
  ).toEqual(['NAME  SIZE  WHAT', 'a        1  text', '         2', 'b        3'])
})

test('colours take no place', () => {
  expect(formatTable(COLUMNS, [['\x1b[32mab\x1b[39m', '1', 'x']])).toEqual([
    'NAME  SIZE  WHAT',
    '\x1b[32mab\x1b[39m       1  x',
  ])
})

test('the last column is broken into lines where the table would be too wide', () => {
  const words = 'one two three four five six seven eight nine ten'
  expect(formatTableToWidth(COLUMNS, [['a', '1', words]], 45)).toEqual([
    'NAME  SIZE  WHAT',
    'a        1  one two three four five six seven',
    '            eight nine ten',
  ])
})

test('a word that is too long stands alone on its line', () => {
  expect(wrap('a incomprehensibilities b', 10)).toEqual(['a', 'incomprehensibilities', 'b'])
})
