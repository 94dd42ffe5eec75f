import { linearRegression, mean, standardDeviation } from 'simple-statistics'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { errorTable } from '../../src/errors.ts'
import { formsOf } from '../../src/tasks/task-input.ts'
import type { analyse } from '../../workers/analysis/analysis.ts'
import type { CsvColumn } from '../../workers/analysis/csv-column.ts'
import analyzeData from '../../workers/analyze-data.ts'
import { taskContext } from '../support/task-context.ts'
import { generate, seededNormal } from './analysis/random-data.ts'

interface Query {
  analysisType?: string
  column?: string
  delimiter?: 'comma' | 'semicolon' | 'tab' | 'pipe'
}

/** The answer with both analyses; one of them alone is looked at with `toMatchObject`. */
interface Answer {
  readonly analysisType: string
  readonly analysisResult: Extract<ReturnType<typeof analyse>, { pattern: unknown }>
  readonly column?: CsvColumn
}

type Input = Parameters<typeof analyzeData.run>[0]

/** As the framework calls it: the schema first, then `run`. */
function postJson(body: unknown, query: Query = {}): Answer {
  return run({ form: 'json', value: formsOf(analyzeData.input).json?.parse(body) } as Input, query)
}

function postBytes(mediaType: string, bytes: Uint8Array<ArrayBuffer>, query: Query = {}): Answer {
  return run({ form: 'bytes', bytes, mediaType }, query)
}

function run(input: Input, query: Query): Answer {
  return analyzeData.run(input, taskContext({ parameters: query })) as unknown as Answer
}

const postCsv = (text: string, query?: Query) => postBytes('text/csv', new TextEncoder().encode(text), query)

const postFloat64 = (values: Float64Array<ArrayBuffer>, query?: Query) =>
  postBytes('application/octet-stream', new Uint8Array(values.buffer), query)

/** What is thrown, as far as a caller sees it. */
function refusal(attempt: () => unknown) {
  try {
    return attempt()
  } catch (error) {
    return error
  }
}

describe('the answer', () => {
  test('to statistical is about the distribution', () => {
    expect(postJson({ dataset: [1, 2, 3, 4], analysisType: 'statistical' })).toMatchObject({
      analysisType: 'statistical',
      analysisResult: {
        count: 4,
        mean: 2.5,
        median: 2.5,
        variance: 1.25,
        standardDeviation: Math.sqrt(1.25),
        min: 1,
        max: 4,
        range: 3,
      },
    })
  })

  test('to pattern is about the order', () => {
    expect(postJson({ dataset: [1, 2, 3, 4], analysisType: 'pattern' })).toMatchObject({
      analysisType: 'pattern',
      analysisResult: {
        increasing: 1,
        decreasing: 0,
        alternating: 0,
        constant: 0,
        linearTrend: { slope: 1 },
      },
    })
  })

  test('to comprehensive, which is also the default, has both as they are alone', () => {
    const dataset = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5]
    const both = postJson({ dataset, analysisType: 'comprehensive' })
    expect(both.analysisResult).toEqual({
      statistical: postJson({ dataset, analysisType: 'statistical' }).analysisResult,
      pattern: postJson({ dataset, analysisType: 'pattern' }).analysisResult,
    })
    expect(postJson({ dataset })).toEqual(both)
  })

  test('has nothing that JSON cannot carry', () => {
    for (const dataset of [[1], [5, 5], [1e308, -1e308], [-0, 0, 5e-324], [1, 2, 3]]) {
      const result = postJson({ dataset })
      expect(JSON.parse(JSON.stringify(result))).toEqual(result)
    }
  })

  test('is the same for JSON, CSV and float64', () => {
    const normal = seededNormal(1)
    const dataset = generate(2000, normal)
    const { column, ...fromCsv } = postCsv(`value\n${dataset.join('\n')}`)
    expect(column).toEqual({ index: 0, name: 'value', header: true })
    expect(fromCsv).toEqual(postJson({ dataset: [...dataset] }))
    expect(postFloat64(dataset)).toEqual(fromCsv)
  })

  test('reads float64 as little-endian', () => {
    const bytes = new Uint8Array(16)
    new DataView(bytes.buffer).setFloat64(0, 1.5, true)
    new DataView(bytes.buffer).setFloat64(8, -2, true)
    expect(
      postBytes('application/octet-stream', bytes, { analysisType: 'statistical' }).analysisResult,
    ).toMatchObject({
      min: -2,
      max: 1.5,
    })
  })

  test('to CSV is about the column and the delimiter of the query', () => {
    const query: Query = { column: 'b', delimiter: 'semicolon', analysisType: 'statistical' }
    expect(postCsv('a;b\n1;10\n2;30\n', query)).toMatchObject({
      analysisResult: { mean: 20 },
      column: { index: 1, name: 'b', header: true },
    })
  })

  test('takes the analysis type from the query as well', () => {
    expect(postJson({ dataset: [1] }, { analysisType: 'pattern' }).analysisType).toBe('pattern')
    expect(
      postJson({ dataset: [1], analysisType: 'pattern' }, { analysisType: 'pattern' }).analysisType,
    ).toBe('pattern')
  })
})

describe('what is refused', () => {
  const infinite = Float64Array.of(1, Number.NEGATIVE_INFINITY)
  const nan = Float64Array.of(1, 2, Number.NaN)

  test.each<[string, string, object | undefined, () => unknown]>([
    ['an empty array', 'DATASET_EMPTY', undefined, () => postJson({ dataset: [] })],
    ['empty CSV', 'DATASET_EMPTY', undefined, () => postCsv('price\n')],
    ['no bytes', 'DATASET_EMPTY', undefined, () => postFloat64(new Float64Array())],
    ['a string', 'DATASET_INVALID', { index: 1, received: '2' }, () => postJson({ dataset: [1, '2', 'x'] })],
    ['null', 'DATASET_INVALID', { index: 2, received: null }, () => postJson({ dataset: [1, 2, null] })],
    ['true', 'DATASET_INVALID', { index: 0, received: true }, () => postJson({ dataset: [true] })],
    ['a list', 'DATASET_INVALID', { index: 0, received: 'array' }, () => postJson({ dataset: [[1]] })],
    ['an object', 'DATASET_INVALID', { index: 1, received: 'object' }, () => postJson({ dataset: [1, {}] })],
    [
      '1e999 in JSON',
      'DATASET_INVALID',
      { index: 0, received: 'Infinity' },
      () => postJson(JSON.parse('{"dataset":[1e999]}')),
    ],
    ['NaN in float64', 'DATASET_INVALID', { index: 2, received: 'NaN' }, () => postFloat64(nan)],
    [
      'infinity in float64',
      'DATASET_INVALID',
      { index: 1, received: '-Infinity' },
      () => postFloat64(infinite),
    ],
    ['NaN in CSV', 'DATASET_INVALID', { index: 1, line: 2, received: 'NaN' }, () => postCsv('1\nNaN\n')],
    [
      'half a float64',
      'DATASET_INVALID',
      { bytes: 12, remainder: 4 },
      () => postBytes('application/octet-stream', new Uint8Array(12)),
    ],
    [
      'an unknown column',
      'CSV_INVALID',
      { received: 'c', columns: ['a', 'b'] },
      () => postCsv('a,b\n1,2\n', { column: 'c' }),
    ],
    [
      'an unknown type',
      'ANALYSIS_TYPE_UNKNOWN',
      { received: 'magic' },
      () => postJson({ dataset: [1], analysisType: 'magic' }),
    ],
    [
      'a type that is no text',
      'ANALYSIS_TYPE_UNKNOWN',
      { received: 7 },
      () => postJson({ dataset: [1], analysisType: 7 }),
    ],
    [
      'a type of null',
      'ANALYSIS_TYPE_UNKNOWN',
      { received: null },
      () => postJson({ dataset: [1], analysisType: null }),
    ],
    [
      'an unknown type in the query',
      'ANALYSIS_TYPE_UNKNOWN',
      { allowed: ['statistical', 'pattern', 'comprehensive'] },
      () => postCsv('1\n', { analysisType: 'Pattern' }),
    ],
    [
      'two types that differ',
      'PARAMETERS_INVALID',
      { query: 'pattern', body: 'statistical' },
      () => postJson({ dataset: [1], analysisType: 'statistical' }, { analysisType: 'pattern' }),
    ],
    [
      'a column of JSON',
      'PARAMETERS_INVALID',
      { parameter: 'column' },
      () => postJson({ dataset: [1] }, { column: 'a' }),
    ],
    [
      'a delimiter of float64',
      'PARAMETERS_INVALID',
      { parameter: 'delimiter' },
      () => postFloat64(Float64Array.of(1), { delimiter: 'tab' }),
    ],
  ])('is %s, with %s', (_, code, details, attempt) => {
    const error = refusal(attempt)
    expect(error).toMatchObject({ name: 'TaskError', code, ...(details && { details }) })
    expect(errorTable).toHaveProperty(code)
    expect(JSON.parse(JSON.stringify(error))).toMatchObject(details ? { details } : {})
  })

  test.each([{}, { dataset: 'abc' }, { dataset: { 0: 1, length: 1 } }, { dataset: [1], more: 1 }, [1, 2]])(
    'by the schema is %j',
    (body) => {
      expect(formsOf(analyzeData.input).json?.safeParse(body).success).toBe(false)
    },
  )
})

test('the catalogue shows the JSON Schema of a list of numbers', () => {
  const schema = formsOf(analyzeData.input).json ?? z.never()
  expect(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })).toMatchObject({
    properties: {
      dataset: { type: 'array', items: { type: 'number' }, minItems: 1 },
      analysisType: { type: 'string', enum: ['statistical', 'pattern', 'comprehensive'] },
    },
    required: ['dataset'],
    additionalProperties: false,
  })
})

test('progress only rises', () => {
  const seen: number[] = []
  const context = { ...taskContext<Query>(), reportProgress: (fraction: number) => void seen.push(fraction) }
  void analyzeData.run({ form: 'json', value: { dataset: [1, 2, 3] } }, context)
  expect(seen.length).toBeGreaterThan(2)
  expect(seen).toEqual(seen.toSorted((a, b) => a - b))
})

test('an analysis stops wherever it is when it is no longer wanted', () => {
  const values = generate(200_000, (i) => (i * 7919) % 200_000)
  const runUntil = (last: number) => {
    let looks = 0
    const context = {
      ...taskContext<Query>(),
      throwIfAborted() {
        if (++looks > last) throw new Error('stopped')
      },
    }
    const bytes = new Uint8Array(values.slice().buffer)
    void analyzeData.run({ form: 'bytes', bytes, mediaType: 'application/octet-stream' }, context)
    return looks
  }
  const all = runUntil(Number.POSITIVE_INFINITY)
  for (const share of [0, 0.1, 0.3, 0.5, 0.7, 0.9])
    expect(() => runUntil(Math.floor(all * share))).toThrow('stopped')
})

test('a million numbers agree with simple-statistics and with what they were made of', () => {
  const n = 1_000_000
  const normal = seededNormal(2024)
  const values = generate(
    n,
    (t) => 1e-6 * t + 3 * Math.cos((2 * Math.PI * t) / 250) + normal() + (t < n / 2 ? 0 : 4),
  )
  const array = [...values]
  const { statistical, pattern } = postJson({ dataset: array }).analysisResult
  const line = linearRegression(array.map((value, i) => [i, value]))
  const sorted = values.toSorted()
  expect(statistical.count).toBe(n)
  expect(statistical.mean).toBeCloseTo(mean(array), 10)
  expect(statistical.standardDeviation).toBeCloseTo(standardDeviation(array), 10)
  expect(statistical.median).toBe(((sorted[n / 2 - 1] ?? 0) + (sorted[n / 2] ?? 0)) / 2)
  expect(statistical.histogram.counts.reduce((a, b) => a + b)).toBe(n)
  expect((pattern.linearTrend?.slope ?? Number.NaN) / line.m).toBeCloseTo(1, 7)
  expect(pattern.mannKendall?.trend).toBe('increasing')
  expect(pattern.dominantPeriod?.period).toBeCloseTo(250, 1)
  expect(pattern.changePoints.points.map((point) => Math.abs(point.index - n / 2) < 200)).toContain(true)
})

test('ten million float64 in 80 MB are analysed, and right', () => {
  const n = 10_000_000
  const values = generate(n, (i) => i % 1000)
  const { statistical, pattern } = postFloat64(values).analysisResult
  expect(statistical).toMatchObject({
    count: n,
    mean: 499.5,
    median: 499.5,
    min: 0,
    max: 999,
    sum: 4_995_000_000,
  })
  expect(statistical.variance).toBeCloseTo((1000 ** 2 - 1) / 12, 8)
  // Of two blocks of 1000 the pairs that rise and those that fall are equally many; within one all rise.
  expect(pattern.mannKendall?.s).toBe((n / 1000) * ((1000 * 999) / 2))
  expect(pattern.dominantPeriod?.period).toBeCloseTo(1000, 1)
  expect(pattern.longestRuns.increasing).toEqual({ length: 1000, start: 0 })
}, 120_000)
