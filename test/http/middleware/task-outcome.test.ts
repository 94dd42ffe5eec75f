import { expect, test } from 'vitest'
import { errorTable } from '../../../src/errors.ts'
import { isRefusal, refusalCodes, taskOutcome } from '../../../src/http/middleware/task-outcome.ts'

test.each([
  [undefined, true, 'ok'],
  ['DATASET_INVALID', true, 'error'],
  ['A_CODE_OF_THE_TASK', true, 'error'],
  ['TASK_FAILED', true, 'error'],
  ['TASK_TIMEOUT', true, 'timeout'],
  ['TASK_CRASHED', true, 'crashed'],
  ['TASK_OUT_OF_MEMORY', true, 'out-of-memory'],
  ['QUEUE_FULL', true, 'refused'],
  ['QUEUE_TIMEOUT', true, 'refused'],
  ['WOULD_MISS_DEADLINE', true, 'refused'],
  ['INPUT_QUARANTINED', true, 'refused'],
  [undefined, false, 'cancelled'],
  ['READER_TOO_SLOW', false, 'cancelled'],
  ['READER_TOO_SLOW', true, 'ok'],
] as const)('the code %s, answered: %s, is %s', (code, isAnswered, outcome) => {
  expect(taskOutcome(code, isAnswered)).toBe(outcome)
})

test('refusals are codes that there are', () => {
  expect(refusalCodes.filter((code) => !(code in errorTable))).toEqual([])
  expect(isRefusal('TASK_FAILED')).toBe(false)
})
