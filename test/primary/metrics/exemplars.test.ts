import { expect, test } from 'vitest'
import { Exemplars } from '../../../src/primary/metrics/exemplars.ts'

const record = (bucket: number, at: number, traceId: string) => ({
  series: 's',
  bucket,
  traceId,
  value: 1,
  at,
})

test('of each bucket the newest exemplar is kept, whichever process told it first', () => {
  const exemplars = new Exemplars()
  exemplars.add([record(0, 10, 'a'), record(1, 10, 'b')])
  exemplars.add([record(0, 20, 'c'), record(1, 5, 'd')])
  expect(exemplars.of('s', 0)).toEqual({ traceId: 'c', value: 1, at: 20 })
  expect(exemplars.of('s', 1)).toMatchObject({ traceId: 'b' })
  expect(exemplars.of('s', 2)).toBeUndefined()
  expect(exemplars.of('other', 0)).toBeUndefined()
})
