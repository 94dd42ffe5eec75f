import { describe, expect, test } from 'vitest'
import { readDiagnosisRequest, readStackRequest } from '../../../src/primary/diagnosis/diagnosis-request.ts'
import { fileName } from '../../../src/primary/diagnosis/diagnosis-routes.ts'

describe('a query', () => {
  test('names the slot, the thread and the seconds', () => {
    expect(readDiagnosisRequest('profile', 'slot=1&thread=0&seconds=300')).toEqual({
      kind: 'profile',
      slot: 1,
      thread: 0,
      seconds: 300,
    })
  })

  test('may be empty: then it is the primary, for ten seconds', () => {
    expect(readDiagnosisRequest('profile', '')).toMatchObject({ slot: undefined, seconds: 10 })
  })

  test.each([
    ['slot=one', 'Cannot use slot: expected an integer from 0 to 511, got "one"'],
    ['slot=-1', 'got "-1"'],
    ['slot=', 'got ""'],
    ['slot=512', 'got "512"'],
    ['slot=0&thread=1.5', 'Cannot use thread: expected an integer from 0 to 127, got "1.5"'],
    ['slot=0&seconds=0', 'Cannot use seconds: expected an integer from 1 to 300, got "0"'],
    ['slot=0&seconds=301', 'got "301"'],
    ['slot=0&slot=1', 'Cannot use slot: expected it once, got it twice'],
    ['slot=0&tread=1', 'Cannot use the parameter "tread": expected slot, thread, seconds'],
    ['thread=1', 'expected the slot of its process as well'],
  ])('%s is refused', (query, sentence) => {
    expect(() => readDiagnosisRequest('profile', query)).toThrow(
      expect.objectContaining({ code: 'DIAGNOSIS_INVALID', message: expect.stringContaining(sentence) }),
    )
  })

  test('takes what its kind knows alone', () => {
    expect(() => readDiagnosisRequest('heap-snapshot', 'seconds=3')).toThrow('expected slot, thread')
    expect(() => readDiagnosisRequest('report', 'slot=0&thread=0')).toThrow('expected slot')
    expect(() => readStackRequest('')).toThrow('expected the parameter slot')
    expect(readStackRequest('slot=3')).toBe(3)
  })
})

test('a file has the name of what was looked at', () => {
  const name = (kind: 'profile' | 'heap-snapshot' | 'report', query: string) =>
    fileName(readDiagnosisRequest(kind, query))
  expect(name('profile', 'slot=1&thread=0')).toBe('offloop-slot-1-thread-0.cpuprofile')
  expect(name('heap-snapshot', 'slot=1')).toBe('offloop-slot-1.heapsnapshot')
  expect(name('report', '')).toBe('offloop-primary.report.json')
})
