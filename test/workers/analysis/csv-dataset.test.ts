import { describe, expect, test } from 'vitest'
import { datasetFromCsv } from '../../../workers/analysis/csv-dataset.ts'
import { generate, seeded, unstopped } from './random-data.ts'

function read(text: string | Uint8Array<ArrayBuffer>, options: { column?: string; delimiter?: string } = {}) {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text
  const { values, column } = datasetFromCsv(bytes, { delimiter: ',', ...options }, unstopped)
  return { values: [...values], column }
}

/** What the reader throws, as far as a caller sees it. */
function refusal(...args: Parameters<typeof read>) {
  try {
    return read(...args)
  } catch (error) {
    return error
  }
}

describe('the values', () => {
  test.each([
    ['a trailing newline', '1\n2\n3\n'],
    ['no trailing newline', '1\n2\n3'],
    ['Windows line endings', '1\r\n2\r\n3\r\n'],
    ['old Macintosh line endings', '1\r2\r3\r'],
    ['mixed line endings', '1\r\n2\n3\r'],
    ['a byte order mark', '\uFEFF1\n2\n3\n'],
    ['blank lines at the end', '1\n2\n3\n\n\n'],
    ['spaces around numbers', ' 1\n2 \n\t3\n'],
    ['quotes', '"1"\n"2"\n"3"\n'],
    ['a header', 'value\n1\n2\n3\n'],
    ['a quoted header with a newline and quotes in it', '"the ""value""\nitself"\n1\n2\n3\n'],
    ['a header with a byte order mark', '\uFEFF"value"\n1\n2\n3\n'],
    ['other ways to write a number', '+1\n2.\n.3e1\n'],
  ])('are read with %s', (_, text) => {
    expect(read(text).values).toEqual([1, 2, 3])
  })

  test('are read alike with quotes and without, a hundred thousand of them', () => {
    const random = seeded(1)
    const numbers = generate(100_000, () => (random() - 0.5) * 10 ** (20 * random() - 10))
    expect(read([...numbers].join('\n')).values).toEqual([...numbers])
    expect(read(Array.from(numbers, (x) => `"${x}","a, ""b""\n"`).join('\r\n')).values).toEqual([...numbers])
  })

  test.each([
    ['', 'a\n1\n""\n3\n', 1],
    [' ', '1\n \n3\n', 1],
    ['NaN', '1\n2\nNaN\n', 2],
    ['-inf', '1\n2\n-inf\n', 2],
    ['1e999', '1\n1e999\n', 1],
    ['0x10', '1\n0x10\n', 1],
    ['1_000', '1\n1_000\n', 1],
    ['1 000', '1\n1 000\n', 1],
    ['one', '1\none\n', 1],
    ['NaN', 'NaN\n1\n', 0],
    ['null', 'null\n1\n', 0],
  ])('are refused where a cell has "%s"', (received, text, index) => {
    expect(refusal(text)).toMatchObject({ code: 'DATASET_INVALID', details: { index, received } })
  })

  test('are refused with the line and the column', () => {
    expect(refusal('id,price\n1,2.5\n2,free\n', { column: 'price' })).toMatchObject({
      code: 'DATASET_INVALID',
      message: 'Cannot use line 3, column "price": expected a finite number, got "free"',
      details: { index: 1, line: 3, column: 'price', received: 'free' },
    })
  })

  test('are refused where a blank line stands for one of them', () => {
    expect(refusal('1\n2\n\n3\n')).toMatchObject({ code: 'DATASET_INVALID', details: { index: 2 } })
  })

  test('are read past blank lines where there are several columns', () => {
    expect(read('a,b\n\n1,2\n\n3,4\n', { column: 'b' }).values).toEqual([2, 4])
  })
})

describe('the column', () => {
  const table = 'name,"price, net",count\nx,1.5,10\ny,2.5,20\n'

  test.each([
    [{}, 1, 'price, net', [1.5, 2.5]],
    [{ column: 'count' }, 2, 'count', [10, 20]],
    [{ column: 'price, net' }, 1, 'price, net', [1.5, 2.5]],
    [{ column: '2' }, 2, 'count', [10, 20]],
  ])('chosen by %j is number %i', (options, index, name, values) => {
    expect(read(table, options)).toEqual({ values, column: { index, name, header: true } })
  })

  test('without a header is the first with a number in the first record', () => {
    const column = { index: 1, name: null, header: false }
    expect(read('x,1,2\ny,3,4\n')).toEqual({ values: [1, 3], column })
    expect(read('x,1,2\n')).toEqual({ values: [1], column })
  })

  test('chosen by index has a header only where its first cell is a name', () => {
    expect(read('5,a\n6,b\n', { column: '0' })).toMatchObject({ values: [5, 6], column: { header: false } })
    expect(read('5,a\n6,7\n', { column: '1' })).toMatchObject({
      values: [7],
      column: { name: 'a', header: true },
    })
  })

  test('named like a missing value is reached by its name', () => {
    expect(read('id,Na\n1,11\n', { column: 'Na' }).values).toEqual([11])
  })

  test('that does not exist is refused, with those that do', () => {
    const details = { received: 'prise', columns: ['name', 'price, net', 'count'], columnCount: 3 }
    expect(refusal(table, { column: 'prise' })).toMatchObject({ code: 'CSV_INVALID', details })
    expect(refusal(table, { column: '3' })).toMatchObject({ code: 'CSV_INVALID', details: { received: '3' } })
  })

  test('whose name stands twice is refused', () => {
    expect(refusal('a,a\n1,2\n', { column: 'a' })).toMatchObject({
      code: 'CSV_INVALID',
      message: 'Cannot choose column "a": several columns have this name',
    })
  })

  test('may be separated otherwise', () => {
    expect(read('a;b\n1;2\n', { column: 'b', delimiter: ';' }).values).toEqual([2])
    expect(read('a\tb\n1\t2\n', { column: 'b', delimiter: '\t' }).values).toEqual([2])
  })
})

describe('what is refused', () => {
  test.each(['', '\n\n', '\uFEFF', 'value\n', 'a,b\n'])('%j has no numbers', (text) => {
    expect(refusal(text)).toMatchObject({ code: 'DATASET_EMPTY' })
  })

  test('bytes that are not UTF-8', () => {
    expect(refusal(Uint8Array.of(0x31, 0x0a, 0xff))).toMatchObject({ code: 'CSV_INVALID' })
  })

  test('a quote that is not closed', () => {
    expect(refusal('1\n"2\n3\n')).toMatchObject({ code: 'CSV_INVALID', message: /quote/i })
  })

  test('records of different lengths, with the line', () => {
    expect(refusal('a,b\n1,2\n3\n')).toMatchObject({ code: 'CSV_INVALID', details: { line: 3 } })
  })

  test('a record without an end', () => {
    expect(refusal(`1\n"${'x'.repeat(2_000_000)}"`)).toMatchObject({ code: 'CSV_INVALID' })
  })

  test('with few words, however long the cell', () => {
    const error = refusal(`1\n${'x'.repeat(100_000)}\n`)
    expect(String(error).length).toBeLessThan(300)
    expect(JSON.stringify(error).length).toBeLessThan(500)
  })
})

test('reading stops when it is no longer wanted', () => {
  const bytes = new TextEncoder().encode('1\n'.repeat(200_000))
  let looks = 0
  const stopped = {
    throwIfAborted() {
      if (++looks > 1) throw new Error('stopped')
    },
  }
  expect(() => datasetFromCsv(bytes, { delimiter: ',' }, stopped)).toThrow('stopped')
})
